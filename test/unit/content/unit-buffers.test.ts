import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { UnitBuffers } from '../../../src/content/unit-buffers.js';

const LENGTH = 64;

/** Turns of the event loop until what was given back is free. */
async function recycled(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

describe('unit buffers', () => {
  it('never hand out the same memory twice', () => {
    const buffers = new UnitBuffers(LENGTH);
    const taken = Array.from({ length: 100 }, () => buffers.take());
    for (const [index, buffer] of taken.entries()) buffer.fill(index);
    for (const [index, buffer] of taken.entries()) {
      assert.equal(buffer.length, LENGTH);
      assert.ok(buffer.every((byte) => byte === index));
    }
  });

  it('hand out what was given back, but not in the same turn of the event loop', async () => {
    const buffers = new UnitBuffers(LENGTH);
    const first = buffers.take();
    first.fill(1);
    buffers.give(first.subarray(0, 10));
    for (let others = 0; others < 50; others += 1) buffers.take().fill(2);
    assert.ok(first.every((byte) => byte === 1));
    await recycled();
    const again = buffers.take();
    assert.deepEqual(
      [again.buffer, again.byteOffset, again.length],
      [first.buffer, first.byteOffset, LENGTH],
    );
  });

  it('give memory that nobody uses back to the system, but for a little', async () => {
    const buffers = new UnitBuffers(LENGTH);
    const taken = Array.from({ length: 100 }, () => buffers.take());
    const memories = new Set(taken.map(({ buffer }) => buffer));
    for (const buffer of taken) buffers.give(buffer);
    await recycled();
    const known = Array.from({ length: 100 }, () => buffers.take()).filter(({ buffer }) =>
      memories.has(buffer),
    );
    assert.equal(new Set(known.map(({ buffer }) => buffer)).size, 1);
    assert.equal(new Set(known.map(({ byteOffset }) => byteOffset)).size, known.length);
  });
});
