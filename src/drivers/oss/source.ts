import { createHash } from 'node:crypto';
import { FsError } from '../../lib/errors.js';
import { type ByteRange, rangeLength } from '../../lib/range.js';

/** Bytes that are to be sent; each piece is asked for when there is room for it. */
export interface ByteSource {
  readonly range: ByteRange;
  /** Exactly the bytes of a piece. May take its time: a bandwidth limit belongs here. */
  read(piece: ByteRange, signal: AbortSignal): Promise<Uint8Array>;
}

const PIECE = 1024 * 1024;

/** One passage of a source over a connection: pieces of at most 1 MiB, their MD5 on the way. */
export class SourcePassage {
  readonly length: number;
  readonly #source: ByteSource;
  readonly #signal: AbortSignal;
  readonly #md5 = createHash('md5');

  constructor(source: ByteSource, signal: AbortSignal) {
    this.length = rangeLength(source.range);
    this.#source = source;
    this.#signal = signal;
  }

  /** Upper-case hexadecimal; to be asked once, when all has passed. */
  md5(): string {
    return this.#md5.digest('hex').toUpperCase();
  }

  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const { range } = this.#source;
    for (let start = range.start; start < range.end; start += PIECE) {
      const piece = { start, end: Math.min(start + PIECE, range.end) };
      const bytes = await this.#source.read(piece, this.#signal);
      if (bytes.length !== rangeLength(piece)) {
        const words = `${bytes.length} bytes came from the disk in place of ${rangeLength(piece)}`;
        throw new FsError('EIO', words);
      }
      this.#md5.update(bytes);
      yield bytes;
    }
  }
}
