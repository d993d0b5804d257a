import { UnitBuffers } from './unit-buffers.js';

/** Bytes of a unit: what is kept, checked and counted as one. Only the last unit of a file may be shorter. */
export const UNIT = 128 * 1024;

/** The part of the budget for what was read already: whoever reads on has no use for more of it. */
const READ = 1 / 4;

/** The file that a unit in memory belongs to. */
export interface UnitOwner {
  /** Whether somebody waits for bytes of this unit, or is filling it: it stays. */
  isNeeded(index: number): boolean;
  /** The memory went to another unit. */
  dropped(unit: Unit): void;
}

/** The bytes of one unit of a file as far as they are here: those from its beginning up to `filled`. */
export class Unit {
  readonly owner: UnitOwner;
  readonly index: number;
  readonly bytes: Uint8Array;
  filled = 0;
  /** How many use its bytes for longer than a turn of the event loop. */
  users = 0;

  constructor(owner: UnitOwner, index: number, bytes: Uint8Array) {
    this.owner = owner;
    this.index = index;
    this.bytes = bytes;
  }

  get whole(): boolean {
    return this.filled === this.bytes.length;
  }
}

/** The units of all files that are in memory, within one budget: what was read longest ago goes first. */
export class UnitMemory {
  readonly #limit: number;
  readonly #buffers = new UnitBuffers(UNIT);
  /** In the order in which they were read last. */
  readonly #read = new Set<Unit>();
  /** Fetched ahead, in the order in which they came. */
  readonly #unread = new Set<Unit>();
  readonly #readers = new Set<object>();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** While true nothing may be fetched that nobody waits for: what would go is what others will read next. */
  get full(): boolean {
    return this.#unread.size * UNIT >= this.#limit;
  }

  /** Bytes that each of those who read in order may have fetched ahead. */
  get share(): number {
    return this.#limit / 2 / Math.max(1, this.#readers.size);
  }

  /** Somebody reads in order and needs a share from now on. */
  join(reader: object): void {
    this.#readers.add(reader);
  }

  leave(reader: object): void {
    this.#readers.delete(reader);
  }

  /** A unit of so many bytes, none of which is here yet; takes memory from others when there is none left. */
  allocate(owner: UnitOwner, index: number, length: number): Unit {
    const unit = new Unit(owner, index, this.#buffers.take().subarray(0, length));
    this.#used += length;
    this.#unread.add(unit);
    this.#reclaim(unit);
    return unit;
  }

  /** The unit was read, or nobody is expected to read it: it goes before those that are still to be read. */
  spend(unit: Unit): void {
    if (!this.#unread.delete(unit) && !this.#read.delete(unit)) return;
    this.#read.add(unit);
    const [oldest] = this.#read;
    if (oldest !== undefined && this.#read.size * UNIT > this.#limit * READ) this.#drop(oldest);
  }

  /** The file has no use for the unit any more; its bytes stay for who holds them. */
  release(unit: Unit): void {
    if (!this.#unread.delete(unit) && !this.#read.delete(unit)) return;
    this.#used -= unit.bytes.length;
    this.#giveBack(unit);
  }

  /** Its bytes stay as they are until the answered function is called, once. */
  hold(unit: Unit): () => void {
    unit.users += 1;
    return () => {
      unit.users -= 1;
      if (!this.#unread.has(unit) && !this.#read.has(unit)) this.#giveBack(unit);
    };
  }

  status(): MemoryStatus {
    return { used: this.#used, limit: this.#limit };
  }

  #giveBack(unit: Unit): void {
    if (unit.users === 0) this.#buffers.give(unit.bytes);
  }

  #drop(unit: Unit): void {
    if (unit.owner.isNeeded(unit.index)) return;
    this.release(unit);
    unit.owner.dropped(unit);
  }

  #reclaim(fresh: Unit): void {
    for (const units of [this.#read, this.#unread]) {
      for (const unit of units) {
        if (this.#used <= this.#limit) return;
        if (unit !== fresh) this.#drop(unit);
      }
    }
  }
}

/** Bytes. */
export interface MemoryStatus {
  readonly used: number;
  readonly limit: number;
}
