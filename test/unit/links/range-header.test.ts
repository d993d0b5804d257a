import assert from 'node:assert/strict';
import { parseRange } from '../../../src/links/range-header.js';

describe('Range header', () => {
  const cases: readonly (readonly [string | undefined, number, ReturnType<typeof parseRange>])[] = [
    [undefined, 100, 'whole'],
    ['bytes=0-', 100, { start: 0, end: 100 }],
    ['bytes=10-19', 100, { start: 10, end: 20 }],
    ['bytes=90-1000', 100, { start: 90, end: 100 }],
    ['bytes=-10', 100, { start: 90, end: 100 }],
    ['bytes=-1000', 100, { start: 0, end: 100 }],
    ['bytes=100-', 100, 'unsatisfiable'],
    ['bytes=-0', 100, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-5', 0, 'unsatisfiable'],
    ['bytes=99999999999999999999-', 100, 'unsatisfiable'],
    ['bytes=20-10', 100, 'whole'],
    ['bytes=-', 100, 'whole'],
    ['bytes=0-1,5-6', 100, 'whole'],
    ['lines=0-1', 100, 'whole'],
    ['bytes=a-b', 100, 'whole'],
  ];
  for (const [header, size, expected] of cases) {
    it(`${String(header)} of ${size} bytes is ${JSON.stringify(expected)}`, () =>
      assert.deepEqual(parseRange(header, size), expected));
  }
});
