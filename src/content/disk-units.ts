import type { CachedFile } from './block-cache/cached-file.js';

/** Units of which the cache learns at once where they are. */
const AREA = 128;
/** Areas that are looked at before they are read. */
const AREAS_AHEAD = 4;

/** The units of one file that are on disk; none without a cache. */
export class DiskUnits {
  readonly #file: CachedFile | null;
  readonly #known = new Set<number>();

  constructor(file: CachedFile | null) {
    this.#file = file;
  }

  /** Whether there is a cache. */
  get keeps(): boolean {
    return this.#file !== null;
  }

  /** Whether `has` tells the truth about these units. */
  knows(first: number, count: number): boolean {
    if (this.#file === null) return true;
    for (const area of areas(first, count)) if (!this.#known.has(area)) return false;
    return true;
  }

  /** Resolves when it does. Looks a little further, behind. */
  async learn(first: number, count: number): Promise<void> {
    const asked = areas(first, count);
    const [from = 0] = asked;
    await this.#look(from, asked.length);
    void this.#look(from + asked.length, AREAS_AHEAD);
  }

  has(unit: number): boolean {
    return this.#file?.has(unit) === true;
  }

  /**
   * Null when one of them is not right any more, which is then forgotten. The bytes are for the turn of the event
   * loop in which they come; do not change them. Never rejects.
   */
  async read(first: number, count: number): Promise<Uint8Array | null> {
    return (await this.#file?.read(first, count)) ?? null;
  }

  /** Keeps a whole unit, when that is possible; the bytes must not change before `done` is called. */
  write(unit: number, bytes: Uint8Array, kind: 'data' | 'probe', done: () => void): void {
    if (this.#file === null) done();
    else this.#file.write(unit, bytes, kind, done);
  }

  close(): void {
    this.#file?.close();
  }

  async #look(from: number, count: number): Promise<void> {
    await this.#file?.ready(from * AREA, count * AREA);
    for (let area = from; area < from + count; area += 1) this.#known.add(area);
  }
}

function areas(first: number, count: number): readonly number[] {
  const from = Math.floor(first / AREA);
  const last = Math.floor((first + count - 1) / AREA);
  return Array.from({ length: last - from + 1 }, (_none, index) => from + index);
}
