import assert from 'node:assert/strict';
import { BandwidthSchedule } from '../../../../src/upload/queue/bandwidth-schedule.js';

const MIB = 1024 * 1024;

/** A moment of a day in the time zone of this machine. */
function at(hours: number, minutes = 0, seconds = 0): number {
  return new Date(2026, 0, 15, hours, minutes, seconds).getTime();
}

function parsed(text: string): BandwidthSchedule {
  const schedule = BandwidthSchedule.parse(text);
  assert.ok(schedule !== null, `${text} is not understood`);
  return schedule;
}

describe('BandwidthSchedule', () => {
  it('holds one rate all day when it names no time', () => {
    assert.equal(parsed('2M').rateAt(at(3)), 2 * MIB);
    assert.equal(parsed('512K').rateAt(at(15)), 512 * 1024);
    assert.equal(parsed('off').rateAt(at(15)), null);
    assert.equal(BandwidthSchedule.unlimited.rateAt(at(0)), null);
  });

  it('changes the rate at each time, and keeps the last one over midnight', () => {
    const schedule = parsed('08:00,2M 18:30,512K 23:00,off');
    const rates = [at(7, 59), at(8), at(18, 29), at(18, 30), at(22, 59), at(23), at(0)];
    assert.deepEqual(
      rates.map((time) => schedule.rateAt(time)),
      [null, 2 * MIB, 2 * MIB, 512 * 1024, 512 * 1024, null, null],
    );
  });

  it('takes the times in any order', () => {
    const schedule = parsed(' 23:00,off  8:00,1M ');
    assert.equal(schedule.rateAt(at(12)), MIB);
    assert.equal(schedule.rateAt(at(4)), null);
  });

  it('tells how long a rate holds at least', () => {
    const schedule = parsed('08:00,2M 23:00,off');
    assert.equal(schedule.untilNext(at(7, 59, 30)), 30_000);
    assert.equal(schedule.untilNext(at(8)), 15 * 3_600_000);
    assert.equal(schedule.untilNext(at(23, 30)), 30 * 60_000);
  });

  for (const text of ['', 'fast', '0', '25:00,1M', '08:00', '08:00,', '08:00,1M 08:00,2M', '08:00,1M off']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(BandwidthSchedule.parse(text), null);
    });
  }
});
