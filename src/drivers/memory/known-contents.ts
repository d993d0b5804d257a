import { createHash } from 'node:crypto';
import type { ContentHash } from '../../driver/entry.js';
import { type MemoryContent, readContent } from './content.js';

/** Hashed in pieces of this size, so that large contents are never in memory as a whole. */
const PIECE = 1024 * 1024;

/** The bytes that a memory cloud recognizes by their hash: once seen, never forgotten. */
export class KnownContents {
  readonly #bySha1 = new Map<string, MemoryContent>();

  /** The content of this hash and size; null when the cloud has never seen it. */
  find(sha1: string, size: number): MemoryContent | null {
    const content = this.#bySha1.get(sha1);
    return content?.size === size ? content : null;
  }

  /** Makes the content of this hash known. */
  put(sha1: string, content: MemoryContent): void {
    this.#bySha1.set(sha1, content);
  }
}

/** The hash of a content, as files carry it. */
export function hashOf(content: MemoryContent): ContentHash {
  const hash = createHash('sha1');
  for (let start = 0; start < content.size; start += PIECE) {
    hash.update(readContent(content, { start, end: Math.min(start + PIECE, content.size) }));
  }
  return { kind: 'sha1', value: hash.digest('hex').toUpperCase() };
}
