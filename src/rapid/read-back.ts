import { createHash } from 'node:crypto';
import type { FileEntry } from '../driver/entry.js';
import type { KnownHashes } from '../driver/writer.js';
import type { Call } from '../lib/call.js';
import { FsError, toFsError } from '../lib/errors.js';
import type { SourceFile } from './source-file.js';
import type { TargetDrive } from './target-folder.js';

/** Bytes of a file that are read back. */
const HEAD = 64 * 1024;
/** Files of a folder that are read back in any case; of the others one in so many. */
const FIRST = 3;
const ONE_IN = 100;

/** Reads back some of what was made from hashes: clouds are known to make files so that cannot be read. */
export class ReadBack {
  /** Bytes that were read for it so far. */
  bytes = 0;
  readonly #drive: TargetDrive;
  #made: number;

  /** So many were made `before`. */
  constructor(drive: TargetDrive, before = 0) {
    this.#drive = drive;
    this.#made = before;
  }

  /**
   * Looks at a file that was made, when it is its turn: true when its first bytes are there and right, null when it was
   * not. Rejects with FsError EIO when they are not right, or cannot be read.
   */
  async check(made: FileEntry, source: SourceFile, hashes: KnownHashes, call: Call): Promise<boolean | null> {
    const number = this.#made;
    this.#made += 1;
    if (number >= FIRST && number % ONE_IN !== 0) return null;
    if (made.size === 0) return true;
    const bytes = await this.#head(made, call);
    if (await this.#isRight(bytes, source, hashes, call)) return true;
    throw new FsError('EIO', 'it was made from its hashes, but begins with other bytes', { reason: 'reply' });
  }

  async #head(made: FileEntry, call: Call): Promise<Uint8Array> {
    const range = { start: 0, end: Math.min(HEAD, made.size) };
    try {
      return this.#counted(await this.#drive.content.readExactly(this.#drive.source, made, range, call));
    } catch (thrown) {
      call.signal.throwIfAborted();
      const { message } = toFsError(thrown);
      const words = `it was made from its hashes, but cannot be read: ${message}`;
      throw new FsError('EIO', words, { cause: thrown, reason: 'reply' });
    }
  }

  /** A file that is all there is compared by its hash, others with the bytes that they were made from, if these are near. */
  async #isRight(bytes: Uint8Array, source: SourceFile, hashes: KnownHashes, call: Call): Promise<boolean> {
    if (bytes.length === source.size && hashes.sha1 !== null) {
      return createHash('sha1').update(bytes).digest('hex').toUpperCase() === hashes.sha1;
    }
    if (!source.isReadable) return true;
    const original = await source.read({ start: 0, end: bytes.length }, call.signal);
    return Buffer.from(this.#counted(original)).equals(bytes);
  }

  #counted(bytes: Uint8Array): Uint8Array {
    this.bytes += bytes.length;
    return bytes;
  }
}
