import { contentHash, type ContentSpec } from '../../house/content.js';
import type { Drive } from '../../house/drive.js';

/** Content that needs no upload. */
export interface KnownContent {
  /** Upper-case hex. */
  readonly sha1: string;
  readonly size: number;
  readonly content: ContentSpec;
}

const EMPTY: KnownContent = {
  sha1: 'DA39A3EE5E6B4B0D3255BFEF95601890AFD80709',
  size: 0,
  content: { kind: 'bytes', base64: '' },
};

/** What the cloud has already: every file of the drive, deleted ones too, and what a test says other users have. */
export class KnownContents {
  #foreign: KnownContent[] = [];

  list(): readonly KnownContent[] {
    return this.#foreign;
  }

  load(known: readonly KnownContent[]): void {
    this.#foreign = [...known];
  }

  /** Makes a content known; without a SHA-1 it is computed from the bytes. */
  async add(content: ContentSpec, size: number, sha1?: string): Promise<KnownContent> {
    const known = { content, size, sha1: (sha1 ?? (await contentHash(content, size))).toUpperCase() };
    this.#foreign.push(known);
    return known;
  }

  /** The content with this hash and this size; the hash alone is no hit (API document, 21). */
  async find(drive: Drive, sha1: string, size: number): Promise<KnownContent | null> {
    const foreign = [EMPTY, ...this.#foreign].find((one) => one.sha1 === sha1 && one.size === size);
    if (foreign !== undefined) return foreign;
    for (const item of drive.files()) {
      if (item.size !== size || item.content === null || !item.complete) continue;
      if ((await drive.sha1(item)) === sha1) return { sha1, size, content: item.content };
    }
    return null;
  }
}
