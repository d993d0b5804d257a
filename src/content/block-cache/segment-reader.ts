import type { Env, LogFields } from '../../lib/env.js';
import type { Counts } from './counts.js';
import type { Inventory } from './inventory.js';
import { codeOf, type SegmentFiles } from './segment-files.js';
import { SEGMENT_UNITS, sumOf } from './segment-format.js';
import type { Segment } from './segment.js';
import { UNIT, unitBytes } from './units.js';

/** The last use of a segment is noted in its file at most so often; milliseconds. */
const NOTE_INTERVAL = 60_000;
/** A failing disk is told at most so often (ms); what comes between is logged at debug level. */
const WARN_INTERVAL = 60_000;
/** Units that are checked at once: 1 MiB. */
const CHECK_UNITS = 8;

interface ReaderParts {
  readonly files: SegmentFiles;
  readonly inventory: Inventory;
  readonly counts: Counts;
}

/** Reads segments and believes nothing: what fails its checksum is forgotten, and costs a download. Never rejects. */
export class SegmentReader {
  readonly #env: Env;
  readonly #parts: ReaderParts;
  #warnedAt = Number.NEGATIVE_INFINITY;
  readonly #loading = new Map<Segment, Promise<void>>();

  constructor(env: Env, parts: ReaderParts) {
    this.#env = env;
    this.#parts = parts;
  }

  /** Afterwards the segment knows which units it holds. */
  async load(segment: Segment): Promise<void> {
    if (segment.known) return;
    const loading = this.#loading.get(segment) ?? this.#load(segment);
    this.#loading.set(segment, loading);
    await loading;
  }

  /** Fills the target with units from a slot on; false when one of them is not there or not right. */
  async read(segment: Segment, slot: number, target: Uint8Array): Promise<boolean> {
    const { clock } = this.#env;
    const { sums } = segment;
    segment.hold();
    segment.pin(clock.monotonic());
    this.#parts.inventory.touch(segment);
    const note = segment.use(clock.now(), NOTE_INTERVAL);
    try {
      const length = await this.#parts.files.read(segment, slot, target);
      const damaged = damagedSlots(segment, sums, slot, target.subarray(0, length), target.length);
      if (damaged.length > 0) this.#forget(segment, damaged);
      if (note) void this.#note(segment, clock.now());
      return damaged.length === 0;
    } catch (error) {
      this.#lost(segment, error);
      return false;
    } finally {
      this.#release(segment);
    }
  }

  /**
   * Reads every unit that a known segment holds and forgets those that are not right, without counting as a use of
   * them. Answers how many it read, their bytes, and how many of them were wrong. Rejects as the system does.
   */
  async check(
    segment: Segment,
  ): Promise<{ readonly units: number; readonly bytes: number; readonly damaged: number }> {
    let [units, bytes] = [0, 0];
    const damaged: number[] = [];
    for (const { slot, count } of runsOf(segment)) {
      const target = Buffer.allocUnsafeSlow(unitBytes(segment.owner.size, segment.firstUnit + slot, count));
      const length = await this.#parts.files.read(segment, slot, target);
      units += count;
      bytes += target.length;
      damaged.push(...damagedSlots(segment, segment.sums, slot, target.subarray(0, length), target.length));
    }
    if (damaged.length > 0) this.#forget(segment, damaged);
    return { units, bytes, damaged: damaged.length };
  }

  async #load(segment: Segment): Promise<void> {
    segment.hold();
    try {
      const found = await this.#parts.files.look(segment);
      // Evicted or written meanwhile: what was seen no longer holds.
      if (segment.known) return;
      segment.load(found?.sums ?? null);
      if (found === null) return;
      if (segment.bytes === 0) segment.noted(found.usedAt);
      this.#parts.inventory.resize(segment, found.bytes);
      if (found.sums === null) this.#forget(segment, [0]);
    } catch (error) {
      this.#lost(segment, error);
    } finally {
      this.#loading.delete(segment);
      this.#release(segment);
    }
  }

  #forget(segment: Segment, slots: readonly number[]): void {
    this.#parts.counts.damaged += slots.length;
    for (const slot of slots) segment.forget(slot);
    const fields = { file: segment.place, units: slots.map((slot) => segment.firstUnit + slot) };
    this.#warn('cached bytes are damaged and will be downloaded again', fields);
  }

  /** The file cannot be read, or is gone because somebody emptied the cache. */
  #lost(segment: Segment, error: unknown): void {
    const { inventory } = this.#parts;
    segment.load(null);
    if (codeOf(error) === 'ENOENT') inventory.resize(segment, 0);
    else this.#warn('a cache file cannot be read', { file: segment.place, cause: error });
  }

  #release(segment: Segment): void {
    segment.release();
    this.#parts.inventory.settle(segment);
  }

  #warn(message: string, fields: LogFields): void {
    const now = this.#env.clock.monotonic();
    const often = now - this.#warnedAt < WARN_INTERVAL;
    if (!often) this.#warnedAt = now;
    this.#env.log[often ? 'debug' : 'warn'](message, fields);
  }

  async #note(segment: Segment, usedAt: number): Promise<void> {
    try {
      await this.#parts.files.note(segment, usedAt);
    } catch (error) {
      this.#env.log.debug('the use of a cache file could not be noted', {
        file: segment.place,
        cause: error,
      });
    }
  }
}

/** The slots of what was read whose bytes are too few, or not those that were written. */
function damagedSlots(
  segment: Segment,
  sums: Uint32Array | null,
  slot: number,
  bytes: Uint8Array,
  expected: number,
): readonly number[] {
  const damaged: number[] = [];
  for (let start = 0; start < expected; start += UNIT) {
    const at = slot + start / UNIT;
    const end = Math.min(start + UNIT, expected);
    const unit = segment.firstUnit + at;
    const right =
      end <= bytes.length && sums?.[at] === sumOf(segment.owner.folder, unit, bytes.subarray(start, end));
    if (!right) damaged.push(at);
  }
  return damaged;
}

/** The units that a segment holds, neighbours together. */
function* runsOf(segment: Segment): Generator<{ readonly slot: number; readonly count: number }> {
  for (let slot = 0; slot < SEGMENT_UNITS; slot += 1) {
    let count = 0;
    while (count < CHECK_UNITS && slot + count < SEGMENT_UNITS && segment.holds(slot + count)) count += 1;
    if (count === 0) continue;
    yield { slot, count };
    slot += count - 1;
  }
}
