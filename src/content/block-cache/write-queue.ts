import type { Env } from '../../lib/env.js';
import type { Counts } from './counts.js';
import type { Eviction } from './eviction.js';
import type { Inventory } from './inventory.js';
import type { Outage } from './outage.js';
import type { SegmentFiles } from './segment-files.js';
import { DATA_OFFSET, sumOf } from './segment-format.js';
import type { SegmentReader } from './segment-reader.js';
import type { Segment } from './segment.js';

/** Bytes that may wait to be written. */
const QUEUE_BYTES = 32 * 1024 * 1024;
/** Units of one segment that are written in one turn. */
const TURN_UNITS = 32;
/** What a file system allots at least. */
const PAGE = 4096;

/** A unit that is to be written. */
export interface QueuedUnit {
  readonly bytes: Uint8Array;
  /** Called once, when the bytes are not needed any more, written or not. */
  readonly done: () => void;
}

/** By slot. */
type Units = Map<number, QueuedUnit>;

interface QueueParts {
  readonly files: SegmentFiles;
  readonly reader: SegmentReader;
  readonly inventory: Inventory;
  readonly eviction: Eviction;
  readonly outage: Outage;
  readonly counts: Counts;
}

/** Units on their way to the disk, one turn at a time; whoever writes never waits. What fails is dropped. */
export class WriteQueue {
  readonly #env: Env;
  readonly #parts: QueueParts;
  /** By slot; a unit stays until it is on the disk, so that it can be read meanwhile. */
  readonly #waiting = new Map<Segment, Units>();
  /** Those of the turn that is under way: their bytes are used until it ends, whatever becomes of them. */
  #writing: ReadonlySet<QueuedUnit> = new Set();
  #bytes = 0;
  #tail: Promise<void> = Promise.resolve();
  #running = false;

  constructor(env: Env, parts: QueueParts) {
    this.#env = env;
    this.#parts = parts;
  }

  /** Bytes that wait to be written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A unit that waits. */
  waiting(segment: Segment, slot: number): Uint8Array | undefined {
    return this.#waiting.get(segment)?.get(slot)?.bytes;
  }

  /** Takes a unit, unless it is kept already or cannot be. */
  add(segment: Segment, slot: number, unit: QueuedUnit): void {
    if (!this.#accepts(segment, slot, unit.bytes.length)) {
      unit.done();
      return;
    }
    const units: Units = this.#waiting.get(segment) ?? new Map<number, QueuedUnit>();
    if (units.size === 0) segment.hold();
    this.#waiting.set(segment, units.set(slot, unit));
    this.#bytes += unit.bytes.length;
    if (this.#running) return;
    this.#running = true;
    void this.alone(() => this.#run());
  }

  /** Runs work while nothing is written or evicted. A rejection turns the cache off. */
  alone(work: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(work).catch((error: unknown) => {
      this.#fail(error);
    });
    return this.#tail;
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    for (let tail: Promise<void> | null = null; tail !== this.#tail;) {
      tail = this.#tail;
      await tail;
    }
  }

  /** Drops all that waits; what is being written this moment is written none the less. */
  clear(): void {
    for (const [segment, units] of this.#waiting) {
      this.#parts.counts.dropped += units.size;
      this.#done(segment, [...units.keys()]);
    }
  }

  #accepts(segment: Segment, slot: number, bytes: number): boolean {
    if (segment.holds(slot) || this.waiting(segment, slot) !== undefined) return false;
    if (this.#parts.outage.over && this.#bytes + bytes <= QUEUE_BYTES) return true;
    this.#parts.counts.dropped += 1;
    return false;
  }

  async #run(): Promise<void> {
    try {
      for (let next = this.#next(); next !== null; next = this.#next()) await this.#turn(...next);
    } finally {
      this.#running = false;
    }
  }

  /** Some units of the segment that has waited longest. */
  #next(): [Segment, Units] | null {
    for (const [segment, units] of this.#waiting) {
      this.#waiting.delete(segment);
      this.#waiting.set(segment, units);
      return [segment, new Map([...units].slice(0, TURN_UNITS))];
    }
    return null;
  }

  async #turn(segment: Segment, units: Units): Promise<void> {
    const { reader, eviction, counts, outage } = this.#parts;
    const writing = new Set(units.values());
    this.#writing = writing;
    segment.hold();
    try {
      await reader.load(segment);
      for (const slot of [...units.keys()]) if (segment.holds(slot)) this.#drop(segment, units, slot);
      if (units.size === 0) return;
      if (await eviction.makeRoom(segment, growth(segment, units))) await this.#write(segment, units);
      else counts.dropped += units.size;
      outage.end();
    } catch (error) {
      this.#fail(error);
      await this.#discard(segment);
    } finally {
      this.#done(segment, [...units.keys()]);
      this.#release(segment);
      this.#writing = new Set();
      for (const { done } of writing) done();
    }
  }

  async #write(segment: Segment, units: Units): Promise<void> {
    const { files, inventory } = this.#parts;
    const { folder } = segment.owner;
    const sums = new Map<number, number>();
    const bytesOf = new Map<number, Uint8Array>();
    for (const [slot, { bytes }] of units) {
      bytesOf.set(slot, bytes);
      sums.set(slot, sumOf(folder, segment.firstUnit + slot, bytes));
    }
    const size = await files.write(segment, bytesOf, sums);
    inventory.resize(segment, size);
    inventory.touch(segment);
    segment.noted(this.#env.clock.now());
  }

  /** A file that was begun and has no header takes room for nothing. */
  async #discard(segment: Segment): Promise<void> {
    if (segment.sums !== null) return;
    try {
      await this.#parts.files.remove(segment);
      this.#parts.inventory.resize(segment, 0);
    } catch (error) {
      this.#env.log.debug('a cache file could not be removed', { file: segment.place, cause: error });
    }
  }

  #drop(segment: Segment, units: Units, slot: number): void {
    units.delete(slot);
    this.#done(segment, [slot]);
  }

  #done(segment: Segment, slots: readonly number[]): void {
    const units = this.#waiting.get(segment);
    for (const slot of slots) {
      const unit = units?.get(slot);
      if (unit === undefined) continue;
      units?.delete(slot);
      this.#bytes -= unit.bytes.length;
      if (!this.#writing.has(unit)) unit.done();
    }
    if (units === undefined || units.size > 0) return;
    this.#waiting.delete(segment);
    this.#release(segment);
  }

  #release(segment: Segment): void {
    segment.release();
    this.#parts.inventory.settle(segment);
  }

  #fail(error: unknown): void {
    this.#parts.outage.begin(error);
    this.#parts.eviction.recheck();
    this.clear();
  }
}

/** Bytes that the file will grow by, at most. */
function growth(segment: Segment, units: Units): number {
  let bytes = segment.sums === null ? DATA_OFFSET : 0;
  for (const unit of units.values()) bytes += Math.ceil(unit.bytes.length / PAGE) * PAGE;
  return bytes;
}
