import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Window } from '../../../src/content/window.js';
import { bytesOf } from './fake-cloud.js';

describe('Window', () => {
  it('holds the bytes that were appended, less those that were dropped', () => {
    const step = fc.record({
      append: fc.integer({ min: 1, max: 50 }),
      drop: fc.integer({ min: -20, max: 120 }),
      from: fc.nat(60),
      length: fc.integer({ min: 1, max: 60 }),
    });
    const property = fc.property(fc.nat(1000), fc.array(step, { maxLength: 40 }), (begin, steps) => {
      const window = new Window(begin);
      for (const { append, drop, from, length } of steps) {
        const { end } = window;
        window.append(bytesOf('3', end, end + append));
        assert.equal(window.end, end + append);
        const before = window.start;
        const kept = before + drop;
        window.dropBefore(kept);
        // Whole segments only, and never a byte that is to be kept.
        assert.ok(window.start <= Math.max(before, kept), `${window.start} > ${kept}`);
        assert.ok(window.end === end + append && window.start <= window.end);
        assert.ok(kept - window.start < 50 || window.length === 0);
        const range = { start: window.start + from, end: Math.min(window.end, window.start + from + length) };
        if (range.start >= range.end) continue;
        assert.ok(window.has(range.start) && window.covers(range));
        assert.deepEqual(window.copy(range), bytesOf('3', range.start, range.end));
      }
      assert.equal(window.has(window.end), false);
      assert.equal(window.covers({ start: window.start, end: window.end + 1 }), false);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('begins anew where it is told', () => {
    const window = new Window(0);
    window.append(new Uint8Array(10));
    window.restart(5);
    assert.deepEqual([window.start, window.end, window.length], [5, 5, 0]);
  });
});
