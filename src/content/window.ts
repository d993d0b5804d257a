import { type ByteRange, rangeLength } from '../lib/range.js';

/** The bytes of a file that are in memory for one reader: one run without gaps that grows at its end. */
export class Window {
  #segments: Uint8Array[] = [];
  #start: number;
  #end: number;

  constructor(position: number) {
    this.#start = position;
    this.#end = position;
  }

  get start(): number {
    return this.#start;
  }

  /** The position of the first byte that is not here yet. */
  get end(): number {
    return this.#end;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  has(position: number): boolean {
    return position >= this.#start && position < this.#end;
  }

  covers(range: ByteRange): boolean {
    return range.start >= this.#start && range.end <= this.#end;
  }

  append(segment: Uint8Array): void {
    this.#segments.push(segment);
    this.#end += segment.length;
  }

  /** A copy of a range that is covered. */
  copy(range: ByteRange): Uint8Array {
    const bytes = new Uint8Array(rangeLength(range));
    let at = this.#start;
    for (const segment of this.#segments) {
      const from = Math.max(range.start, at);
      const to = Math.min(range.end, at + segment.length);
      if (from < to) bytes.set(segment.subarray(from - at, to - at), from - range.start);
      at += segment.length;
      if (at >= range.end) break;
    }
    return bytes;
  }

  /** Forgets bytes before the position, as far as whole segments allow. */
  dropBefore(position: number): void {
    let count = 0;
    for (const segment of this.#segments) {
      if (this.#start + segment.length > position) break;
      this.#start += segment.length;
      count += 1;
    }
    if (count > 0) this.#segments.splice(0, count);
  }

  /** Forgets everything and goes on at a position. */
  restart(position: number): void {
    this.#segments = [];
    this.#start = position;
    this.#end = position;
  }
}
