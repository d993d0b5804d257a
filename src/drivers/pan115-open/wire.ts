import * as v from 'valibot';
import { FsError } from '../../lib/errors.js';
import { bytes, flag, id, integer, kind, seconds, text, unwrapped } from './fields.js';

/* The shapes of 115's answers to what reading and logging in need, as far as they are used. */

const listItem = v.object({
  fid: id,
  fc: kind,
  fn: text,
  aid: v.optional(text, '1'),
  pc: v.optional(text, ''),
  upt: seconds,
  uppt: seconds,
  fs: v.optional(bytes),
  sha1: v.nullish(text, ''),
  fta: v.optional(text, ''),
});

/** A page of ufile/files (§7.3); the listing's own fields stand beside `data`, not in it. */
export const listPage = v.object({
  data: v.array(listItem),
  count: v.pipe(integer, v.minValue(0)),
  cid: v.optional(id),
  path: v.fallback(
    v.optional(v.array(v.object({ cid: id, pid: v.optional(id), name: v.optional(text, '') })), []),
    [],
  ),
});

/** folder/get_info (§8); null for one of the forms of "not found". */
export const itemInfo = v.object({
  data: v.pipe(
    v.unknown(),
    v.transform(unwrapped),
    v.nullable(
      v.object({
        file_id: id,
        file_name: text,
        file_category: kind,
        size_byte: v.optional(bytes),
        ptime: seconds,
        utime: seconds,
        sha1: v.nullish(text, ''),
        pick_code: v.optional(text, ''),
        paths: v.optional(v.array(v.object({ file_id: id })), []),
      }),
    ),
  ),
});

const size = v.object({ size: bytes });

/** user/info (§6), as far as space goes. */
export const userInfo = v.object({
  data: v.object({
    user_id: v.optional(text, ''),
    rt_space_info: v.optional(v.object({ all_total: size, all_use: size })),
  }),
});

const linkTarget = v.union([
  v.pipe(
    v.object({ url: v.pipe(v.string(), v.url()) }),
    v.transform(({ url }) => url),
  ),
  v.pipe(
    v.union([v.boolean(), v.null(), v.literal(''), v.array(v.unknown())]),
    v.transform(() => null),
  ),
]);

const downloadUrl = v.object({
  file_size: v.optional(bytes),
  sha1: v.nullish(text, ''),
  pick_code: v.optional(text, ''),
  url: v.optional(linkTarget, null),
});

/** ufile/downurl (§16.1): answers by file id; `url` is null where the cloud gives none (folders). */
export const downloadUrls = v.object({
  data: v.pipe(
    v.unknown(),
    v.transform((data) => unwrapped(data) ?? {}),
    v.record(v.string(), downloadUrl),
  ),
});

const tokenText = v.pipe(v.string(), v.nonEmpty());

/** A token pair (§3.1 step 3, §3.3): in the passport's envelope, or bare as some renewal servers send it. */
export const tokenReply = v.pipe(
  v.looseObject({ data: v.optional(v.unknown()) }),
  v.transform((reply) => ('access_token' in reply ? reply : reply.data)),
  v.object({
    access_token: tokenText,
    refresh_token: tokenText,
    expires_in: v.pipe(integer, v.minValue(1)),
  }),
);

/** authDeviceCode (§3.1 step 1). */
export const deviceCode = v.object({
  data: v.object({ uid: tokenText, time: text, qrcode: tokenText, sign: tokenText }),
});

/** get/status (§3.1 step 2); `data` is empty until the code is scanned. */
export const scanStatus = v.object({
  state: flag,
  data: v.fallback(v.object({ status: v.optional(integer, 0), msg: v.optional(text, '') }), {
    status: 0,
    msg: '',
  }),
});

/** The fields of every answer that say whether it is one (§1.3, §1.4). */
export interface Envelope {
  /** Null when the answer has no `state`. */
  readonly state: boolean | null;
  readonly code: number;
  readonly message: string;
}

const readableFlag = v.fallback(v.optional(flag), undefined);
/** A code that cannot be read is not 0: it must never pass for success. */
const readableCode = v.nullish(v.fallback(integer, -1));
const readableText = v.fallback(v.nullish(text, ''), '');

const envelope = v.object({
  state: readableFlag,
  code: readableCode,
  errno: readableCode,
  errNo: readableCode,
  message: readableText,
  error: readableText,
  error_msg: readableText,
});

/** Null when the value is not an object. The first code that is not 0 counts, and the first text that is not empty. */
export function readEnvelope(json: unknown): Envelope | null {
  const read = v.safeParse(envelope, json);
  if (!read.success) return null;
  const { state, code, errno, errNo, message, error, error_msg } = read.output;
  return {
    state: state ?? null,
    code: [code, errno, errNo].find((value) => value !== undefined && value !== null && value !== 0) ?? 0,
    message: [message, error, error_msg].find((value) => value.trim() !== '') ?? '',
  };
}

/** The answer in a known shape. Throws FsError EIO reason `reply` that names the cloud, the call and the field. */
export function readReply<Schema extends v.GenericSchema>(
  schema: Schema,
  json: unknown,
  call: string,
): v.InferOutput<Schema> {
  const read = v.safeParse(schema, json);
  if (read.success) return read.output;
  const [issue] = read.issues;
  const field = v.getDotPath(issue) ?? 'the top';
  const words = `115 Open: ${call}: the answer has an unknown shape at ${field}: expected ${issue.expected ?? 'another value'}`;
  throw new FsError('EIO', words, { reason: 'reply' });
}
