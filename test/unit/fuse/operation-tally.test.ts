import assert from 'node:assert/strict';
import { OperationTally, TIME_CLASSES } from '../../../src/fuse/operation-tally.js';
import { FsError, notFound } from '../../../src/lib/errors.js';

describe('OperationTally', () => {
  it('counts answers by how long they took, each in the first class that holds it', () => {
    const tally = new OperationTally();
    for (const milliseconds of [0, 0.5, 0.6, 99, 100, 60_000, 60_001]) {
      tally.begun();
      tally.answered(milliseconds, null);
    }
    const { answered, milliseconds, classes } = tally.times;
    assert.equal(answered, 7);
    assert.equal(milliseconds, 120_201.1);
    const filled = classes.flatMap((count, index) =>
      count === 0 ? [] : [[TIME_CLASSES[index] ?? Infinity, count]],
    );
    assert.deepEqual(filled, [
      [0.5, 2],
      [1, 1],
      [100, 2],
      [60_000, 1],
      [Infinity, 1],
    ]);
  });

  it('counts errors by errno, and apart those that are not normal life', () => {
    const tally = new OperationTally();
    tally.begun();
    tally.answered(1, notFound('/a'));
    tally.begun();
    tally.answered(1, new FsError('EIO', 'broken'));
    tally.begun();
    assert.deepEqual(Object.fromEntries(tally.errors), { ENOENT: 1, EIO: 1 });
    assert.deepEqual([tally.requests, tally.failures, tally.times.answered], [3, 1, 2]);
  });
});
