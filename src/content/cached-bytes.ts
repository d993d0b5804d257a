import { type ByteRange, rangeLength } from '../lib/range.js';
import type { CachedFile } from './block-cache/cached-file.js';
import { UNIT, unitBytes, unitsOf } from './block-cache/units.js';
import type { Blocks } from './content.js';

/** Units that are looked at together: those of one segment. */
const AREA = 128;

/** How much of a file the block cache has. */
export class CachedBytes {
  readonly #file: CachedFile;
  readonly #size: number;

  /** `key` as contentKey tells it. Close it. */
  constructor(blocks: Pick<Blocks, 'file'>, key: string, size: number) {
    this.#file = blocks.file(key, size);
    this.#size = size;
  }

  /** Bytes of a range that are cached or about to be. Never rejects. */
  async within(range: ByteRange): Promise<number> {
    const end = unitsOf(Math.min(range.end, this.#size));
    let bytes = 0;
    for (let first = Math.floor(range.start / UNIT); first < end; first += AREA) {
      const count = Math.min(AREA, end - first);
      await this.#file.ready(first, count);
      for (let unit = first; unit < first + count; unit += 1)
        if (this.#file.has(unit)) bytes += shared(unit, unitBytes(this.#size, unit, 1), range);
    }
    return bytes;
  }

  async hasAll(range: ByteRange): Promise<boolean> {
    return (await this.within(range)) === rangeLength(range);
  }

  close(): void {
    this.#file.close();
  }
}

/** Bytes of a unit that are in the range. */
function shared(unit: number, length: number, { start, end }: ByteRange): number {
  return Math.max(0, Math.min(end, unit * UNIT + length) - Math.max(start, unit * UNIT));
}
