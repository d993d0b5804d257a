import { createHash } from 'node:crypto';

const READABLE = /^[\w-]{1,100}$/;
const FOLDER = /^[\w-]+-(\d{1,16})$/;
const FILE = /^(\d{1,8})\.(data|probe)$/;

/** What a segment is kept for: each has a budget of its own. */
export type CacheKind = 'data' | 'probe';

/**
 * Where the segments of a content lie below the cache's directory: `3f/sha1-…-1048576`. A key that a file may not
 * be called, or that is too long, is replaced by its digest.
 */
export function contentFolder(key: string, size: number): string {
  const digest = createHash('sha256').update(key).digest('hex');
  return `${digest.slice(0, 2)}/${READABLE.test(key) ? key : digest}-${size}`;
}

/** The size of the content whose folder has this name; null when it is not one of ours. */
export function sizeInFolder(name: string): number | null {
  const size = FOLDER.exec(name)?.[1];
  return size === undefined ? null : Number(size);
}

/** The file of a segment in its content's folder. */
export function segmentFile(index: number, kind: CacheKind): string {
  return `${index}.${kind}`;
}

/** What a file in a content's folder is; null when it is not one of ours. */
export function parseSegmentFile(name: string): { readonly index: number; readonly kind: CacheKind } | null {
  const match = FILE.exec(name);
  return match === null ? null : { index: Number(match[1]), kind: match[2] === 'data' ? 'data' : 'probe' };
}
