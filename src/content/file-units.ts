import { type ByteRange, rangeLength } from '../lib/range.js';
import { UNIT, type Unit, type UnitMemory, type UnitOwner } from './unit-memory.js';

/** The units of one file that are in memory. */
export class FileUnits implements UnitOwner {
  readonly #memory: UnitMemory;
  readonly #size: number;
  readonly #needed: (index: number) => boolean;
  readonly #units = new Map<number, Unit>();

  /** `needed` tells of a unit that it must stay. */
  constructor(memory: UnitMemory, size: number, needed: (index: number) => boolean) {
    this.#memory = memory;
    this.#size = size;
    this.#needed = needed;
  }

  isNeeded(index: number): boolean {
    return this.#needed(index);
  }

  dropped(unit: Unit): void {
    this.#units.delete(unit.index);
  }

  /** Whether all bytes of the unit are here. */
  has(index: number): boolean {
    return this.#units.get(index)?.whole === true;
  }

  /** The first position of the unit whose byte is not here. */
  filledTo(index: number): number {
    return index * UNIT + (this.#units.get(index)?.filled ?? 0);
  }

  covers(range: ByteRange): boolean {
    for (let index = unitAt(range.start); index * UNIT < range.end; index += 1) {
      if (!this.coversIn(index, range)) return false;
    }
    return true;
  }

  /** Whether the bytes of the range that lie in this unit are here. */
  coversIn(index: number, range: ByteRange): boolean {
    return this.filledTo(index) >= Math.min(range.end, (index + 1) * UNIT, this.#size);
  }

  /** The bytes of a range that is covered, for this turn of the event loop; do not change them. */
  read(range: ByteRange): Uint8Array {
    const first = this.#units.get(unitAt(range.start));
    const offset = range.start % UNIT;
    const length = rangeLength(range);
    if (first !== undefined && offset + length <= first.bytes.length) {
      this.#memory.spend(first);
      return first.bytes.subarray(offset, offset + length);
    }
    return this.#join(range);
  }

  /** Takes bytes that continue a unit, or begin one; RangeError otherwise. Answers the units that became whole. */
  write(position: number, bytes: Uint8Array): readonly Unit[] {
    const whole: Unit[] = [];
    for (let done = 0; done < bytes.length;) {
      const at = position + done;
      const unit = this.#unit(unitAt(at));
      const offset = at % UNIT;
      const part = bytes.subarray(done, done + unit.bytes.length - offset);
      if (offset > unit.filled) throw new RangeError(`byte ${at} does not continue what is in memory`);
      unit.bytes.set(part, offset);
      const before = unit.whole;
      unit.filled = Math.max(unit.filled, offset + part.length);
      if (unit.whole && !before) whole.push(unit);
      done += part.length;
    }
    return whole;
  }

  /** Takes a whole unit. */
  put(index: number, bytes: Uint8Array): void {
    const unit = this.#unit(index);
    if (unit.whole) return;
    unit.bytes.set(bytes);
    unit.filled = bytes.length;
  }

  /** The bytes of a unit stay as they are until the answered function is called. */
  hold(unit: Unit): () => void {
    return this.#memory.hold(unit);
  }

  /** Nobody is expected to read these soon. */
  spend(range: ByteRange): void {
    for (const unit of this.#units.values()) {
      if ((unit.index + 1) * UNIT > range.start && unit.index * UNIT < range.end) this.#memory.spend(unit);
    }
  }

  /** Lets go of everything that nobody needs. */
  shed(): void {
    for (const unit of [...this.#units.values()]) {
      if (this.#needed(unit.index)) continue;
      this.#memory.release(unit);
      this.#units.delete(unit.index);
    }
  }

  #unit(index: number): Unit {
    const known = this.#units.get(index);
    if (known !== undefined) return known;
    const length = Math.min(UNIT, this.#size - index * UNIT);
    const unit = this.#memory.allocate(this, index, length);
    this.#units.set(index, unit);
    return unit;
  }

  #join(range: ByteRange): Uint8Array {
    const bytes = uninitialised(rangeLength(range));
    const read: Unit[] = [];
    for (let at = range.start; at < range.end;) {
      const unit = this.#units.get(unitAt(at));
      const offset = at % UNIT;
      const part = unit?.bytes.subarray(offset, Math.min(unit.filled, offset + range.end - at)) ?? bytes;
      if (unit === undefined || part.length === 0) {
        throw new RangeError(`bytes ${at} to ${range.end} are not in memory`);
      }
      bytes.set(part, at - range.start);
      read.push(unit);
      at += part.length;
    }
    // Only now: the memory may take any of them.
    for (const unit of read) this.#memory.spend(unit);
    return bytes;
  }
}

/** The unit that holds the byte at a position. */
export function unitAt(position: number): number {
  return Math.floor(position / UNIT);
}

/** Memory that is filled at once needs no zeros first. */
function uninitialised(length: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}
