import * as v from 'valibot';

/*
 * The fields of 115's answers. One field comes in several JSON types (115-open.md §2), so every reader takes all forms;
 * ids stay text, because 19 digits do not fit a number.
 */

export const text = v.union([v.string(), v.pipe(v.number(), v.transform(String))]);

export const integer = v.pipe(
  v.union([
    v.number(),
    v.pipe(v.string(), v.regex(/^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/), v.transform(Number)),
  ]),
  v.finite(),
  v.transform(Math.trunc),
);

export const bytes = v.pipe(integer, v.safeInteger(), v.minValue(0));

/** Seconds since the epoch; 0 stands for the empty and missing forms. */
export const seconds = v.fallback(v.optional(v.pipe(integer, v.minValue(0)), 0), 0);

export const id = v.union([
  v.pipe(v.string(), v.regex(/^\d+$/)),
  v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.transform(String)),
]);

export const flag = v.pipe(
  v.union([v.boolean(), v.number(), v.string()]),
  v.transform((value) => !['0', 'false', ''].includes(String(value))),
);

export const kind = v.pipe(text, v.picklist(['0', '1'], 'neither a folder nor a file'));

/** What stands where an object is usual: an empty list for nothing, or a list that holds the object. */
export function unwrapped(data: unknown): unknown {
  if (!Array.isArray(data) || data.length > 1) return data;
  return (data as unknown[])[0] ?? null;
}
