import { FsError } from '../../lib/errors.js';
import { type ByteRange, rangeLength } from '../../lib/range.js';
import type { SpoolFile } from './spool-file.js';

/** The bytes of a closed file, as long as they are what they were when it was asked for. */
export class SealedContent {
  /** Bytes. */
  readonly size: number;
  readonly generation: number;
  /** Where they lie, for whoever hashes them in another thread: ask `unchanged` afterwards. */
  readonly path: string;
  readonly #file: SpoolFile;

  constructor(file: SpoolFile, path: string) {
    this.#file = file;
    this.path = path;
    this.size = file.size;
    this.generation = file.generation;
  }

  /** Whether nobody has written to the file, or removed it. */
  get unchanged(): boolean {
    return this.#file.phase === 'closed' && this.#file.generation === this.generation;
  }

  /**
   * Exactly the bytes of a range inside the file. Rejects with FsError ESTALE when they were changed, EIO when the disk
   * does not give them, and with the signal's reason on abort.
   */
  async read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    this.#check();
    const bytes = await this.#file.read(range.start, rangeLength(range), { signal, urgency: 'background' });
    this.#check();
    if (bytes.length === rangeLength(range)) return bytes;
    throw new FsError('EIO', `${this.path}: bytes ${range.start} to ${range.end} are not in it`);
  }

  #check(): void {
    if (this.unchanged) return;
    throw new FsError('ESTALE', `${this.path}: it was changed`, { expected: true });
  }
}
