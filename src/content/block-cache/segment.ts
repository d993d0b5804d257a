import { type CacheKind, segmentFile } from './content-folder.js';
import { SEGMENT_UNITS } from './segment-format.js';

/** What a segment knows of the content it is a part of. */
export interface SegmentOwner {
  /** Below the cache's directory. */
  readonly folder: string;
  /** Bytes of the content. */
  readonly size: number;
  /** Whether a reader has it open. */
  readonly open: boolean;
}

/**
 * unknown: the file has not been looked at · absent: there is no usable file · checksums of a file that is there.
 *
 *   unknown → absent | checksums (loaded) → absent (evicted, lost) → checksums (written) → unknown (unloaded)
 */
type Table = 'unknown' | 'absent' | Uint32Array;

/** 16 MiB of one content, kept for one purpose: one file. Knows which units the file holds; touches no disk. */
export class Segment {
  readonly owner: SegmentOwner;
  readonly index: number;
  readonly kind: CacheKind;
  #table: Table = 'unknown';
  #bytes = 0;
  #usedAt = 0;
  #notedAt = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #holds = 0;

  constructor(owner: SegmentOwner, index: number, kind: CacheKind) {
    this.owner = owner;
    this.index = index;
    this.kind = kind;
  }

  /** The file's path below the cache's directory. */
  get place(): string {
    return `${this.owner.folder}/${segmentFile(this.index, this.kind)}`;
  }

  /** The number of its first unit in the content. */
  get firstUnit(): number {
    return this.index * SEGMENT_UNITS;
  }

  /** Bytes that the file takes on the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  set bytes(bytes: number) {
    this.#bytes = bytes;
  }

  /** Whether something under way needs it: until that is done it is neither unloaded nor forgotten. */
  get held(): boolean {
    return this.#holds > 0;
  }

  /** Wall time of the last use that is known; milliseconds. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Whether `holds` can tell. */
  get known(): boolean {
    return this.#table !== 'unknown';
  }

  /** The checksums of the file's units; null when no usable file is there. */
  get sums(): Uint32Array | null {
    return typeof this.#table === 'string' ? null : this.#table;
  }

  /** Whether the file holds the unit in this slot; false while it is unknown. */
  holds(slot: number): boolean {
    return typeof this.#table !== 'string' && this.#table[slot] !== 0;
  }

  hold(): void {
    this.#holds += 1;
  }

  /** Once for each `hold`. */
  release(): void {
    this.#holds -= 1;
  }

  /** Takes over what the file says, or that there is none. */
  load(sums: Uint32Array | null): void {
    this.#table = sums ?? 'absent';
  }

  /** Frees the memory that only readers need. */
  unload(): void {
    this.#table = 'unknown';
  }

  /** A unit turned out to be damaged or lost. */
  forget(slot: number): void {
    if (typeof this.#table !== 'string') this.#table[slot] = 0;
  }

  /** The file says that it was used last at `usedAt` (wall time, ms). */
  noted(usedAt: number): void {
    this.#usedAt = Math.max(this.#usedAt, usedAt);
    this.#notedAt = usedAt;
  }

  /** It is used now. True when that should be noted in the file, which is so at most once in `interval`. */
  use(now: number, interval: number): boolean {
    this.#usedAt = now;
    if (Math.abs(now - this.#notedAt) < interval) return false;
    this.#notedAt = now;
    return true;
  }

  /** It is read now (monotonic, ms): for a while it stays, as long as the content is open. */
  pin(monotonic: number): void {
    this.#readAt = monotonic;
  }

  /** Whether a reader that is still there has read it less than `period` ago (ms). */
  pinned(monotonic: number, period: number): boolean {
    return this.owner.open && monotonic - this.#readAt < period;
  }
}
