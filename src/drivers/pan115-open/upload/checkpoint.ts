import * as v from 'valibot';
import type { UploadCheckpoint } from '../../../driver/writer.js';
import type { Announcement } from '../api-upload.js';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const name = v.pipe(v.string(), v.nonEmpty());

/** asked: init went out, which makes the file when the cloud knows the bytes. */
const asked = v.object({ step: v.literal('asked') });

/** Where the bytes are going. */
const task = { pickCode: name, bucket: name, object: name };

/**
 * sending: parts arrive under `uploadId`, each of `partSize` bytes but the last; their MD5s so far in `etags`.
 * completing: all are there, and the file may be.
 */
const parts = v.object({
  step: v.picklist(['sending', 'completing']),
  ...task,
  uploadId: name,
  partSize: v.pipe(count, v.minValue(1)),
  etags: v.array(v.pipe(v.string(), v.regex(/^[0-9A-F]{32}$/))),
});

/** whole: the bytes go in one request, which also makes the file. */
const whole = v.object({ step: v.literal('whole'), ...task });

const checkpoint = v.object({
  version: v.literal(1),
  sha1: name,
  size: count,
  folder: name,
  name: v.string(),
  /** When init went out first, by the cloud's clock; milliseconds since the epoch. */
  begunAt: v.number(),
  /** When this was saved, by the clock here. */
  savedAt: v.number(),
  state: v.variant('step', [asked, parts, whole]),
});

export type UploadState = v.InferOutput<typeof checkpoint>['state'];
export type PartsState = Extract<UploadState, { readonly uploadId: string }>;
export type WholeState = Extract<UploadState, { readonly step: 'whole' }>;

/** A checkpoint that was read back. */
export interface SavedUpload {
  readonly begunAt: number;
  readonly savedAt: number;
  readonly state: UploadState;
}

/** The checkpoint of an upload as plain JSON. */
export function writeCheckpoint(file: Announcement, saved: SavedUpload): UploadCheckpoint {
  const { sha1, size, folder, name: fileName } = file;
  return { version: 1, sha1, size, folder, name: fileName, ...saved };
}

/** Null for what cannot be read, or is about other bytes or another place. */
export function readCheckpoint(value: UploadCheckpoint | null, file: Announcement): SavedUpload | null {
  const read = v.safeParse(checkpoint, value);
  if (!read.success) return null;
  const { sha1, size, folder, name: fileName, begunAt, savedAt, state } = read.output;
  const same = sha1 === file.sha1 && size === file.size && folder === file.folder && fileName === file.name;
  return same ? { begunAt, savedAt, state } : null;
}
