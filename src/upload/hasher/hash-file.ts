import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { ContentHashes } from '../../driver/writer.js';

/** The first bytes that clouds want hashed by themselves. */
const HEAD = 128 * 1024;
const CHUNK = 1024 * 1024;

/** What was found in a file: all of it was read once. */
export interface HashedFile {
  readonly hashes: ContentHashes;
  /** Bytes. */
  readonly size: number;
}

/**
 * Reads a file to its end and hashes it, without letting anything else run: for a thread of its own. Null as soon as
 * `goesOn`, which is told how many bytes were read so far, says so; throws what the file system throws.
 */
export function hashFile(path: string, goesOn: (bytes: number) => boolean): HashedFile | null {
  const hashes = { sha1: createHash('sha1'), head: createHash('sha1'), md5: createHash('md5') };
  const chunk = Buffer.allocUnsafe(CHUNK);
  const file = openSync(path, 'r');
  try {
    let size = 0;
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk)) {
      if (!goesOn(size)) return null;
      const bytes = chunk.subarray(0, count);
      hashes.sha1.update(bytes);
      hashes.md5.update(bytes);
      if (size < HEAD) hashes.head.update(bytes.subarray(0, HEAD - size));
      size += count;
    }
    const text = (hash: keyof typeof hashes): string => hashes[hash].digest('hex').toUpperCase();
    return { hashes: { sha1: text('sha1'), headSha1: text('head'), md5: text('md5') }, size };
  } finally {
    closeSync(file);
  }
}
