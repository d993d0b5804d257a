import { parse } from 'lossless-json';

const INTEGER = /^-?\d+$/;

/**
 * JSON without loss: integers that a number cannot hold exactly (115's ids have 19 digits) become strings,
 * every other number a number. Of a key that stands twice the last value counts, as with JSON.parse.
 * Undefined when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  try {
    return parse(text, undefined, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }) => newValue });
  } catch {
    // What is not JSON is an answer of its own (a block page, an empty body): the caller judges it.
    return undefined;
  }
}

function exactNumber(digits: string): number | string {
  const value = Number(digits);
  return INTEGER.test(digits) && !Number.isSafeInteger(value) ? digits : value;
}
