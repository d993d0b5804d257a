import * as v from 'valibot';
import { bytes, flag, id, integer, seconds, text, unwrapped } from './fields.js';

/* The shapes of 115's answers to calls that change the tree and the recycle bin. */

/** An object, or the only one of a list. */
function dataOf<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.object({ data: v.pipe(v.unknown(), v.transform(unwrapped), schema) });
}

/** folder/add (§9). */
export const addedFolder = dataOf(v.object({ file_id: id, file_name: v.optional(text, '') }));

/** ufile/update (§10); null where the answer tells no name. */
export const updatedItem = dataOf(
  v.fallback(v.nullable(v.object({ file_name: v.optional(text, '') })), null),
);

const binItem = v.object({
  id,
  file_name: text,
  type: v.pipe(text, v.picklist(['1', '2'], 'neither a file nor a folder')),
  file_size: v.fallback(v.optional(bytes), undefined),
  dtime: seconds,
  cid: v.fallback(v.optional(id), undefined),
});

/** rb/list (§15): entries stand beside the counters, under their ids. */
export const binPage = v.object({
  data: v.pipe(
    v.unknown(),
    v.transform((data) => unwrapped(data) ?? {}),
    v.looseObject({ count: v.optional(v.pipe(integer, v.minValue(0)), 0) }),
    v.transform(({ count, ...rest }) => ({
      count,
      items: Object.entries(rest).flatMap(([key, value]) => (/^\d+$/.test(key) ? [value] : [])),
    })),
    v.object({ count: v.number(), items: v.array(binItem) }),
  ),
});

/** rb/revert (§15): an outcome for each id. */
export const revertOutcomes = v.object({
  data: v.pipe(
    v.unknown(),
    v.transform((data) => unwrapped(data) ?? {}),
    v.record(
      v.string(),
      v.object({
        state: flag,
        error: v.fallback(v.nullish(text, ''), ''),
        errno: v.fallback(v.optional(integer, 0), -1),
      }),
    ),
  ),
});
