import type { CacheKind } from './content-folder.js';
import { Segment, type SegmentOwner } from './segment.js';
import { SEGMENT_UNITS } from './segment-format.js';

const KINDS: readonly CacheKind[] = ['data', 'probe'];

/** One content in the cache, whoever reads it: its segments of both kinds. */
export class CachedContent implements SegmentOwner {
  readonly folder: string;
  readonly size: number;
  readonly #segments = new Map<number, Segment>();
  #readers = 0;

  constructor(folder: string, size: number) {
    this.folder = folder;
    this.size = size;
  }

  get open(): boolean {
    return this.#readers > 0;
  }

  get empty(): boolean {
    return this.#segments.size === 0;
  }

  readerCame(): void {
    this.#readers += 1;
  }

  readerWent(): void {
    this.#readers -= 1;
  }

  /** The segment of a kind that a unit belongs to; made when it is not known yet. */
  segmentOf(unit: number, kind: CacheKind): Segment {
    return this.segment(Math.floor(unit / SEGMENT_UNITS), kind);
  }

  segment(index: number, kind: CacheKind): Segment {
    const key = keyOf(index, kind);
    const known = this.#segments.get(key);
    if (known !== undefined) return known;
    const segment = new Segment(this, index, kind);
    this.#segments.set(key, segment);
    return segment;
  }

  /** The segment of a kind that a unit belongs to, if it is known. */
  find(unit: number, kind: CacheKind): Segment | undefined {
    return this.#segments.get(keyOf(Math.floor(unit / SEGMENT_UNITS), kind));
  }

  /** Every segment of `count` units from `first` on, of both kinds; made when not known yet. */
  segmentsAt(first: number, count: number): readonly Segment[] {
    const from = Math.floor(first / SEGMENT_UNITS);
    const upTo = Math.floor((first + count - 1) / SEGMENT_UNITS);
    const indexes = Array.from({ length: upTo - from + 1 }, (_none, place) => from + place);
    return indexes.flatMap((index) => KINDS.map((kind) => this.segment(index, kind)));
  }

  segments(): readonly Segment[] {
    return [...this.#segments.values()];
  }

  drop(segment: Segment): void {
    this.#segments.delete(keyOf(segment.index, segment.kind));
  }
}

function keyOf(index: number, kind: CacheKind): number {
  return index * 2 + (kind === 'probe' ? 1 : 0);
}
