import assert from 'node:assert/strict';
import { ReadAhead, RUN_UNITS, RunMemory } from '../../../../src/content/block-cache/read-ahead.js';
import { UNIT } from '../../../../src/content/block-cache/units.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { span } from './cache-house.js';

const RUN_BYTES = RUN_UNITS * UNIT;

describe('reading ahead', () => {
  let clock: FakeClock;
  let loaded: number[];

  beforeEach(() => {
    clock = new FakeClock();
    loaded = [];
  });

  function reader(memory: RunMemory, runs = Infinity): ReadAhead {
    return new ReadAhead(memory, (run) => {
      if (run >= runs) return null;
      loaded.push(run);
      return Promise.resolve(new Uint8Array(1));
    });
  }

  it('begins with the second megabyte that is read one after another', () => {
    const ahead = reader(new RunMemory(clock, 100 * RUN_BYTES));
    for (const unit of span(0, 8)) ahead.follow(unit, 1);
    assert.deepEqual(loaded, []);
    ahead.follow(8, 1);
    assert.deepEqual(loaded, [1, 2, 3, 4]);
    for (const unit of span(9, 17)) ahead.follow(unit, 1);
    assert.deepEqual(loaded, [1, 2, 3, 4, 5]);
    assert.deepEqual(
      [1, 2, 6].map((run) => ahead.run(run) !== undefined),
      [true, true, false],
    );
  });

  it('leaves random reads alone', () => {
    const ahead = reader(new RunMemory(clock, 100 * RUN_BYTES));
    for (const place of span(0, 50)) ahead.follow(((place * 7919) % 997) * 100, 8);
    assert.deepEqual(loaded, []);
  });

  it('follows four readers of one file, also when their requests overtake each other', () => {
    const ahead = reader(new RunMemory(clock, 100 * RUN_BYTES));
    for (const step of [1, 0, 2, 4, 3, 5, 7, 6, 8, 10, 9]) {
      for (const start of [0, 1000, 2000, 3000]) ahead.follow(start + step, 1);
    }
    for (const start of [0, 125, 250, 375]) assert.ok(ahead.run(start + 2) !== undefined, `${start}`);
  });

  it('lets go of what was passed and ends with the file', () => {
    const memory = new RunMemory(clock, 6 * RUN_BYTES);
    const ahead = reader(memory, 50);
    for (const run of span(0, 50)) ahead.follow(run * RUN_UNITS, RUN_UNITS);
    assert.deepEqual(loaded, span(1, 50));
    assert.deepEqual(
      span(0, 51).filter((run) => ahead.run(run) !== undefined),
      [48, 49],
    );
    ahead.clear();
    assert.deepEqual(
      span(0, 51).filter((run) => ahead.run(run) !== undefined),
      [],
    );
    assert.deepEqual(
      span(0, 6).map(() => memory.take(ahead)),
      Array(6).fill(true),
    );
  });

  it('takes no memory from a reader that uses it, but from one that has stopped', async () => {
    const memory = new RunMemory(clock, 4 * RUN_BYTES);
    const one = reader(memory);
    const other = reader(memory);
    for (const run of [0, 1]) one.follow(run * RUN_UNITS, RUN_UNITS);
    for (const run of [0, 1]) other.follow(run * RUN_UNITS, RUN_UNITS);
    assert.ok(one.run(1) !== undefined && other.run(1) === undefined);
    await clock.advance(2000);
    other.follow(2 * RUN_UNITS, RUN_UNITS);
    assert.ok(one.run(1) === undefined && other.run(2) !== undefined);
  });
});
