import * as v from 'valibot';
import type { FileRow } from '../journal/rows.js';

const FIELDS = {
  id: v.string(),
  parentId: v.string(),
  name: v.string(),
  modifiedAt: v.number(),
  createdAt: v.number(),
  attributes: v.record(v.string(), v.string()),
};
const HASH = v.object({ kind: v.picklist(['sha1', 'md5']), value: v.string() });
const FILE = v.object({ ...FIELDS, kind: v.literal('file'), size: v.number(), hash: v.nullable(HASH) });
const DIRECTORY = v.object({ ...FIELDS, kind: v.literal('directory') });
const ORIGIN = v.object({
  ...{ id: v.string(), drive: v.string(), parentId: v.string(), name: v.string(), path: v.string() },
  replaces: v.array(v.variant('kind', [FILE, DIRECTORY])),
  base: v.nullable(FILE),
});

/** What lies beside a spool file: where it belonged when it was begun. For people, and for the day the journal is lost. */
export type Origin = Pick<FileRow, 'id' | 'drive' | 'parentId' | 'name' | 'path' | 'replaces' | 'base'>;

/** As a person can read it. */
export function originText({ id, drive, parentId, name, path, replaces, base }: Origin): string {
  return `${JSON.stringify({ path, name, drive, parentId, id, replaces, base }, null, 2)}\n`;
}

/** Null when it is not one. */
export function parseOrigin(text: string): Origin | null {
  try {
    return v.parse(ORIGIN, JSON.parse(text));
  } catch {
    // Half of it was written when the process died, or the disk damaged it: the bytes have a readable name too.
    return null;
  }
}
