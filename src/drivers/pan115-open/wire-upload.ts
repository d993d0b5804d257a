import * as v from 'valibot';
import { bytes, id, integer, text, unwrapped } from './fields.js';

/* The shapes of 115's answers to the calls of an upload (115-open.md §17). */

const optionalText = v.fallback(v.nullish(text, ''), '');

/** Handed to the storage byte for byte; null where there is nothing to send. */
const callback = v.pipe(
  v.optional(v.unknown(), null),
  v.transform(unwrapped),
  v.fallback(v.nullable(v.object({ callback: v.string(), callback_var: v.string() })), null),
);

function dataOf<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.object({ data: v.pipe(v.unknown(), v.transform(unwrapped), schema) });
}

/** upload/init (§17.2): status 1 send, 2 done, 6 to 8 prove that you have the bytes. */
export const initReply = dataOf(
  v.object({
    status: v.pipe(integer, v.picklist([1, 2, 6, 7, 8], 'an unknown status')),
    pick_code: optionalText,
    file_id: optionalText,
    sign_key: optionalText,
    sign_check: optionalText,
    bucket: optionalText,
    object: optionalText,
    callback,
  }),
);

/** upload/resume (§17.5). */
export const resumeReply = dataOf(
  v.object({ pick_code: optionalText, bucket: optionalText, object: optionalText, callback }),
);

const filled = v.pipe(text, v.nonEmpty());

/** upload/get_token (§17.4). */
export const storageToken = dataOf(
  v.pipe(
    v.looseObject({}),
    // The documentation has a typo in one name, and an SDK another spelling of the last (§2).
    v.transform((data) => ({
      ...data,
      AccessKeySecret: data['AccessKeySecret'] ?? data['AccessKeySecrett'],
      Expiration: data['Expiration'] ?? data['expiration'],
    })),
    v.object({
      endpoint: filled,
      AccessKeyId: filled,
      AccessKeySecret: filled,
      SecurityToken: filled,
      Expiration: optionalText,
    }),
  ),
);

/** What 115 tells the storage, and the storage us, when a file was made (§17.7); null for what is left out. */
export const madeFile = dataOf(
  v.object({
    file_id: v.fallback(v.nullish(id, null), null),
    file_name: optionalText,
    file_size: v.fallback(v.nullish(bytes, null), null),
    pick_code: optionalText,
    sha1: optionalText,
  }),
);
