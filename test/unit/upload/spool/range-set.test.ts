import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ByteRange } from '../../../../src/lib/range.js';
import { RangeSet } from '../../../../src/upload/spool/range-set.js';

const END = 40;
const range = fc
  .tuple(fc.nat(END), fc.nat(END))
  .map(([a, b]): ByteRange => ({ start: Math.min(a, b), end: Math.max(a, b) }));
const steps = fc.array(fc.record({ kind: fc.constantFrom('add' as const, 'subtract' as const), range }), {
  maxLength: 30,
});

function bytesOf(ranges: readonly ByteRange[]): number[] {
  return ranges.flatMap(({ start, end }) =>
    Array.from({ length: end - start }, (_none, index) => start + index),
  );
}

describe('set of ranges', () => {
  it('holds exactly the bytes of a plain set, in the fewest ranges', () => {
    fc.assert(
      fc.property(steps, range, (changes, window) => {
        const set = new RangeSet();
        const model = new Set<number>();
        for (const change of changes) {
          set[change.kind](change.range);
          for (const byte of bytesOf([change.range])) {
            if (change.kind === 'add') model.add(byte);
            else model.delete(byte);
          }
        }
        const expected = [...model].sort((a, b) => a - b);
        const list = set.list();
        assert.deepEqual(bytesOf(list), expected);
        assert.equal(set.bytes, model.size);
        assert.deepEqual(set.first, list[0] ?? null);
        assert.ok(list.every((one, index) => one.start > (list[index - 1]?.end ?? -1)));
        const inside = expected.filter((byte) => byte >= window.start && byte < window.end);
        assert.deepEqual(bytesOf(set.within(window)), inside);
        assert.equal(set.bytesWithin(window), inside.length);
        assert.deepEqual(new RangeSet([...list].reverse()).list(), list);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes the end of the world for a range', () => {
    const set = new RangeSet([{ start: 10, end: 2 ** 50 }]);
    set.subtract({ start: 20, end: Infinity });
    assert.deepEqual(set.list(), [{ start: 10, end: 20 }]);
  });
});
