import type { ByteRange } from '../lib/range.js';
import type { Cursor } from './cursor.js';
import type { DiskUnits } from './disk-units.js';
import type { Fetch } from './fetch.js';
import { type FileUnits, unitAt } from './file-units.js';
import { UNIT } from './unit-memory.js';

/** In units: the kernel asks for pages out of order. */
const OUT_OF_ORDER = 4;

export interface CoverageParts {
  readonly size: number;
  readonly units: FileUnits;
  readonly disk: DiskUnits;
}

/** Which units of a file are here, and which are on their way. */
export class Coverage {
  /** What brings units from the cloud. */
  readonly fetches = new Set<Fetch>();
  /** Units that are being read from disk. */
  readonly loading = new Set<number>();
  readonly #parts: CoverageParts;

  constructor(parts: CoverageParts) {
    this.#parts = parts;
  }

  /** Those for one place of the file. */
  of(cursor: Cursor): readonly Fetch[] {
    return [...this.fetches].filter((fetch) => fetch.cursor === cursor && !fetch.isEnding);
  }

  /** The fetch that will bring bytes of a unit; null when there is none. */
  fetchOf(index: number): Fetch | null {
    for (const fetch of this.fetches) {
      const { start, end } = fetch.range;
      if (!fetch.isEnding && start < (index + 1) * UNIT && end > index * UNIT) return fetch;
    }
    return null;
  }

  isHere(index: number): boolean {
    return this.#parts.units.has(index) || this.#parts.disk.has(index);
  }

  /** Whether a unit is neither here nor on its way. */
  isMissing(index: number): boolean {
    return !this.isHere(index) && !this.loading.has(index) && this.fetchOf(index) === null;
  }

  /** Whether two ranges are so close that one request for both, and what is between, is cheaper than two. */
  isNear(one: ByteRange, other: ByteRange): boolean {
    const start = Math.min(one.end, other.end);
    const end = Math.max(one.start, other.start);
    if (end - start > OUT_OF_ORDER * UNIT) return false;
    for (let index = unitAt(start); index * UNIT < end; index += 1) if (!this.isMissing(index)) return false;
    return true;
  }

  /** The first unit from a position on that is missing; null when there is none. */
  firstMissing(from: number, upTo: number): number | null {
    const end = Math.min(upTo, this.#parts.size);
    for (let index = unitAt(from); index * UNIT < end; index += 1) {
      const fetch = this.fetchOf(index);
      if (fetch !== null) index = Math.max(index, unitAt(fetch.range.end - 1));
      else if (!this.isHere(index) && !this.loading.has(index)) return index;
    }
    return null;
  }

  /** The unit at which a request for one of a place that is read in order should begin: units before it come late. */
  inOrder(index: number, cursor: Cursor): number {
    let first = index;
    const earliest = cursor.sequential ? Math.max(unitAt(cursor.before), index - OUT_OF_ORDER) : index;
    while (first > earliest && this.isMissing(first - 1)) first -= 1;
    return first;
  }

  /** Where a request that begins at `start` ends: with a unit, before what is here or on its way. */
  until(start: number, end: number): number {
    const last = unitAt(Math.min(end, this.#parts.size) - 1);
    let index = unitAt(start);
    while (index < last && this.isMissing(index + 1)) index += 1;
    return Math.min(this.#parts.size, (index + 1) * UNIT);
  }
}
