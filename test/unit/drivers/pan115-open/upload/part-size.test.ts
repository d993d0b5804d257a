import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LARGEST_WHOLE, partSize } from '../../../../../src/drivers/pan115-open/upload/part-size.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

describe('part size', () => {
  for (const [size, part] of [
    [LARGEST_WHOLE + 1, 20 * MIB],
    [128 * GIB, 20 * MIB],
    [128 * GIB + 1, 27_487_791],
    [300 * GIB, 41_231_687],
    [500 * GIB, 54_975_582],
    [700 * GIB, 82_463_373],
    [1024 * GIB, 109_951_163],
    [1024 * GIB + 1, 5 * GIB],
  ] as const) {
    it(`of ${size} bytes is ${part}`, () => {
      assert.equal(partSize(size), part);
    });
  }

  it('never makes more than 10,000 parts, nor parts that the storage refuses', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 * 1024 * GIB }), (size) => {
        const part = partSize(size);
        assert.ok(Math.ceil(size / part) <= 10_000);
        assert.ok(part >= 10 * MIB && part <= 5 * GIB);
      }),
    );
  });
});
