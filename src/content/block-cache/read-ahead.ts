import type { Clock } from '../../lib/env.js';
import { UNIT } from './units.js';

/** Units that are read ahead as one. */
export const RUN_UNITS = 8;
/** Units read one after another before reading ahead begins. */
const STREAK = RUN_UNITS;
/** Runs that are read ahead of a reader. */
const DEPTH = 3;
/** Readers at different places of one file that are told apart. */
const CURSORS = 4;
/** A file that was not read for so long (ms) loses its runs when another needs the memory. */
const STALE = 2000;

/** Reads a whole run; null when it is not there. */
export type RunLoader = (run: number) => Promise<Uint8Array | null> | null;

/** The memory for reading ahead that all files share; a file gets none rather than taking another's that is in use. */
export class RunMemory {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #holders = new Map<ReadAhead, number>();
  #runs = 0;

  constructor(clock: Clock, bytes: number) {
    this.#clock = clock;
    this.#limit = Math.floor(bytes / (RUN_UNITS * UNIT));
  }

  /** Whether one more run may be held; asks who has not read for long to let go of theirs. */
  take(holder: ReadAhead): boolean {
    const now = this.#clock.monotonic();
    if (this.#runs >= this.#limit) this.#reclaim(now);
    if (this.#runs >= this.#limit) return false;
    this.#runs += 1;
    this.#holders.delete(holder);
    this.#holders.set(holder, now);
    return true;
  }

  giveBack(runs: number): void {
    this.#runs -= runs;
  }

  leave(holder: ReadAhead): void {
    this.#holders.delete(holder);
  }

  #reclaim(now: number): void {
    for (const [holder, usedAt] of [...this.#holders]) if (now - usedAt >= STALE) holder.clear();
  }
}

interface Cursor {
  /** The unit after the last one that was read. */
  next: number;
  /** Units read one after another. */
  streak: number;
}

/** Notices who reads a file one unit after another, and has the next megabytes read and checked before they are asked for. */
export class ReadAhead {
  readonly #memory: RunMemory;
  readonly #load: RunLoader;
  /** The most recently moved last. */
  #cursors: Cursor[] = [];
  readonly #runs = new Map<number, Promise<Uint8Array | null>>();

  constructor(memory: RunMemory, load: RunLoader) {
    this.#memory = memory;
    this.#load = load;
  }

  /** These units are read now. */
  follow(first: number, count: number): void {
    const cursor = this.#move(first, count);
    this.#forgetPassed();
    if (cursor.streak < STREAK) return;
    const current = Math.floor(first / RUN_UNITS);
    for (let run = current; run <= current + DEPTH; run += 1) if (!this.#start(run)) return;
  }

  /** The run, if it was read ahead. */
  run(run: number): Promise<Uint8Array | null> | undefined {
    return this.#runs.get(run);
  }

  /** Lets go of everything that was read ahead. */
  clear(): void {
    this.#memory.giveBack(this.#runs.size);
    this.#memory.leave(this);
    this.#runs.clear();
    this.#cursors = [];
  }

  /** Requests of one reader may overtake each other a little. */
  #move(first: number, count: number): Cursor {
    const near = this.#cursors.find(({ next }) => first <= next + RUN_UNITS && first >= next - 2 * RUN_UNITS);
    const cursor = near ?? { next: first, streak: -count };
    cursor.next = Math.max(cursor.next, first + count);
    cursor.streak += count;
    this.#cursors = [...this.#cursors.filter((other) => other !== cursor), cursor].slice(-CURSORS);
    return cursor;
  }

  #start(run: number): boolean {
    if (this.#runs.has(run)) return true;
    const loading = this.#memory.take(this) ? this.#load(run) : undefined;
    if (loading === undefined) return false;
    if (loading === null) {
      this.#memory.giveBack(1);
      return false;
    }
    this.#runs.set(run, loading);
    return true;
  }

  #forgetPassed(): void {
    for (const run of this.#runs.keys()) {
      const wanted = this.#cursors.some(({ next }) => {
        const at = Math.floor((next - 1) / RUN_UNITS);
        return run >= at - 1 && run <= at + DEPTH + 1;
      });
      if (wanted) continue;
      this.#runs.delete(run);
      this.#memory.giveBack(1);
    }
  }
}
