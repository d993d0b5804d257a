import type { Clock } from '../lib/env.js';

const MIB = 1024 * 1024;
const MINUTE = 60_000;
/** Reads of one reader may overtake each other by what the kernel reads ahead. */
const IN_ORDER = 16 * MIB;
/** Shorter reading in order may be anything. */
const SHORTEST = MINUTE;
/** Milliseconds after which a film is being watched, however long it is, and how often that is worth telling. */
const WATCHED = 5 * MINUTE;
/** Of the file: who has come so far soon wants the next. */
const GOOD_PART = 0.6;

/** How one open file is read. A film that plays is read in order, by a reader who rests most of the time; a copy never rests. */
export class Playback {
  readonly #clock: Clock;
  readonly #size: number;
  #reads = 0;
  /** When it was begun to be read in order; `#end` is how far that has come, in bytes. */
  #since = 0;
  #end = -Infinity;
  /** Milliseconds since then during which it was read, and the beginning of the reads that are under way. */
  #busy = 0;
  #busySince = 0;
  #toldAt = -Infinity;

  /** Size in bytes. */
  constructor(clock: Clock, size: number) {
    this.#clock = clock;
    this.#size = size;
  }

  /** A read begins; `ended` must follow. */
  began(position: number, length: number): void {
    const now = this.#clock.monotonic();
    const inOrder = Math.abs(position - this.#end) <= IN_ORDER;
    if (!inOrder) {
      this.#since = now;
      this.#busy = 0;
    }
    if (!inOrder || this.#reads === 0) this.#busySince = now;
    this.#end = inOrder ? Math.max(this.#end, position + length) : position + length;
    this.#reads += 1;
  }

  /** A read ended. True when the next episode is likely to be wanted: at most once in 5 minutes. */
  ended(): boolean {
    const now = this.#clock.monotonic();
    this.#reads -= 1;
    if (this.#reads > 0) return false;
    this.#busy += now - this.#busySince;
    const played = now - this.#since;
    if (played < SHORTEST || this.#busy > played / 2 || now - this.#toldAt < WATCHED) return false;
    if (played < WATCHED && this.#end < this.#size * GOOD_PART) return false;
    this.#toldAt = now;
    return true;
  }
}
