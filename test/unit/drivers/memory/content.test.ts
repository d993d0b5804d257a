import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bytesContent, patternContent, readContent } from '../../../../src/drivers/memory/content.js';

describe('patternContent', () => {
  it('gives the same byte at a position however it is asked for', () => {
    const size = 2 ** 40;
    const content = patternContent(7, size);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: size - 1000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.nat(999),
        (start, length, split) => {
          const middle = start + (split % length);
          const whole = readContent(content, { start, end: start + length });
          const parts = [
            readContent(content, { start, end: middle }),
            readContent(content, { start: middle, end: start + length }),
          ];
          assert.deepEqual(Buffer.concat(parts), Buffer.from(whole));
        },
      ),
    );
  });

  it('differs between seeds, positions and beyond 16 GiB', () => {
    const range = { start: 0, end: 4096 };
    const seen = [
      readContent(patternContent(1, 2 ** 40), range),
      readContent(patternContent(2, 2 ** 40), range),
      readContent(patternContent(1, 2 ** 40), { start: 4096, end: 8192 }),
      readContent(patternContent(1, 2 ** 40), { start: 2 ** 34, end: 2 ** 34 + 4096 }),
    ].map((bytes) => Buffer.from(bytes).toString('hex'));
    assert.equal(new Set(seen).size, seen.length);
  });
});

describe('bytesContent', () => {
  it('gives the bytes it was made of', () => {
    const content = bytesContent(new TextEncoder().encode('hello world'));
    assert.equal(Buffer.from(readContent(content, { start: 6, end: 11 })).toString(), 'world');
    assert.equal(content.size, 11);
  });
});
