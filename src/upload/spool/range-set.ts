import type { ByteRange } from '../../lib/range.js';
import { rangeLength } from '../../lib/range.js';

/** Bytes of a file, kept as the fewest ranges that hold exactly them. */
export class RangeSet {
  /** In order; none is empty, overlaps or touches another. */
  readonly #ranges: ByteRange[] = [];
  #bytes = 0;

  constructor(ranges: readonly ByteRange[] = []) {
    for (const range of ranges) this.add(range);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The one at the lowest place; null when there is none. */
  get first(): ByteRange | null {
    return this.#ranges[0] ?? null;
  }

  /** In order. */
  list(): readonly ByteRange[] {
    return [...this.#ranges];
  }

  /** What of a range is in the set, in order. */
  within({ start, end }: ByteRange): readonly ByteRange[] {
    const found: ByteRange[] = [];
    for (let index = this.#search((range) => range.end > start); ; index += 1) {
      const range = this.#ranges[index];
      if (range === undefined || range.start >= end) return found;
      found.push({ start: Math.max(range.start, start), end: Math.min(range.end, end) });
    }
  }

  bytesWithin(range: ByteRange): number {
    return total(this.within(range));
  }

  add({ start, end }: ByteRange): void {
    if (end <= start) return;
    const first = this.#search((range) => range.end >= start);
    const after = this.#search((range) => range.start > end);
    const joined = {
      start: Math.min(start, this.#ranges[first]?.start ?? start),
      end: Math.max(end, this.#ranges[after - 1]?.end ?? end),
    };
    this.#replace(first, after, [joined]);
  }

  subtract({ start, end }: ByteRange): void {
    if (end <= start) return;
    const first = this.#search((range) => range.end > start);
    const after = this.#search((range) => range.start >= end);
    if (after <= first) return;
    const before = { start: this.#ranges[first]?.start ?? start, end: start };
    const behind = { start: end, end: this.#ranges[after - 1]?.end ?? end };
    this.#replace(
      first,
      after,
      [before, behind].filter((range) => range.end > range.start),
    );
  }

  #replace(first: number, after: number, ranges: readonly ByteRange[]): void {
    const removed = this.#ranges.splice(first, after - first, ...ranges);
    this.#bytes += total(ranges) - total(removed);
  }

  /** The index of the first range for which it holds; it holds for all behind that one. */
  #search(holds: (range: ByteRange) => boolean): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range === undefined || holds(range)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function total(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, range) => sum + rangeLength(range), 0);
}
