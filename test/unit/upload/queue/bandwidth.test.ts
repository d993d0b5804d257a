import assert from 'node:assert/strict';
import { Bandwidth } from '../../../../src/upload/queue/bandwidth.js';
import { BandwidthSchedule } from '../../../../src/upload/queue/bandwidth-schedule.js';
import { FakeClock } from '../../../fakes/fake-clock.js';

const KIB = 1024;
const NEVER = new AbortController().signal;

function schedule(text: string): BandwidthSchedule {
  const parsed = BandwidthSchedule.parse(text);
  assert.ok(parsed !== null);
  return parsed;
}

/** Admits so many pieces of one KiB each, one after the other; answers when each one left, in milliseconds. */
function pieces(clock: FakeClock, bandwidth: Bandwidth, count: number): number[] {
  const left: number[] = [];
  for (let piece = 0; piece < count; piece += 1) {
    void bandwidth.admit(KIB, NEVER).then(() => left.push(clock.monotonic()));
  }
  return left;
}

describe('Bandwidth', () => {
  it('lets everything go at once without a limit', async () => {
    const clock = new FakeClock();
    const left = pieces(clock, new Bandwidth(clock), 5);
    await clock.advance(0);
    assert.deepEqual(left, [0, 0, 0, 0, 0]);
  });

  it("lets a second's worth go at once and the rest as fast as the limit", async () => {
    const clock = new FakeClock();
    const left = pieces(clock, new Bandwidth(clock, schedule('2K')), 5);
    await clock.advance(10_000);
    assert.deepEqual(left, [0, 0, 500, 1000, 1500]);
  });

  it('goes on at the next rate in the middle of a piece', async () => {
    const before = new Date(2026, 0, 15, 22, 59, 50).getTime();
    const clock = new FakeClock(before);
    const bandwidth = new Bandwidth(clock, schedule('08:00,1K 23:00,off'));
    const admitted: number[] = [];
    void bandwidth.admit(3600 * KIB, NEVER).then(() => admitted.push(clock.monotonic()));
    await clock.advance(9_999);
    assert.deepEqual(admitted, []);
    await clock.advance(1);
    assert.deepEqual(admitted, [10_000]);
  });

  it('follows another schedule while something waits', async () => {
    const clock = new FakeClock();
    const bandwidth = new Bandwidth(clock, schedule('1K'));
    const admitted: number[] = [];
    void bandwidth.admit(3600 * KIB, NEVER).then(() => admitted.push(clock.monotonic()));
    await clock.advance(1000);
    bandwidth.schedule = BandwidthSchedule.unlimited;
    await clock.advance(30_000);
    assert.deepEqual(admitted, [30_000]);
  });

  it('lets the next one pass when one gives up', async () => {
    const clock = new FakeClock();
    const bandwidth = new Bandwidth(clock, schedule('1K'));
    const giving = new AbortController();
    const given = bandwidth.admit(3600 * KIB, giving.signal);
    const left = pieces(clock, bandwidth, 1);
    await clock.advance(500);
    giving.abort(new Error('no more'));
    await assert.rejects(given, /no more/);
    await clock.advance(2000);
    assert.equal(left.length, 1);
  });
});
