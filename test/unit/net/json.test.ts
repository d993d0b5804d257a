import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseJson } from '../../../src/net/json.js';

describe('JSON', () => {
  it('keeps integers of 19 digits as strings and others as numbers', () => {
    const text =
      '{"a":2849501234567890123,"b":-9007199254740992,"c":9007199254740991,"d":1.5,"e":1e3,"f":[0,-1]}';
    assert.deepEqual(parseJson(text), {
      a: '2849501234567890123',
      b: '-9007199254740992',
      c: 9007199254740991,
      d: 1.5,
      e: 1000,
      f: [0, -1],
    });
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const expected: unknown = JSON.parse(text, (_key, value: unknown) =>
          Number.isInteger(value) && !Number.isSafeInteger(value) ? 'long' : value,
        );
        const found: unknown = JSON.parse(JSON.stringify(parseJson(text)));
        if (!JSON.stringify(expected).includes('long')) assert.deepEqual(found, expected);
      }),
    );
  });

  it('takes the last of two values for one key', () => {
    assert.deepEqual(parseJson('{"a":1,"a":2}'), { a: 2 });
  });

  it('is undefined for what is not JSON', () => {
    for (const text of ['', '<html>', '{"a":', '{"a":1}x', 'NaN']) assert.equal(parseJson(text), undefined);
  });
});
