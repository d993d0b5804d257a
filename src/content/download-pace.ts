import { UNIT } from './unit-memory.js';

const MIB = 1024 * 1024;
/** Requests whose waits are remembered. */
const REMEMBERED = 50;
/** So many are needed before they say anything. */
const ENOUGH = 10;
/** A connection that is silent for so many times the longest wait of late has stalled. */
const STALLED = 5;
const SHORTEST_STALL = 3000;
const LONGEST_SKIP = 16 * MIB;
/** What is shorter says more about the beginning of a connection than about its speed. */
const MEASURED = MIB;
/** The weight of the newest measurement. */
const NEWEST = 1 / 8;

/** How fast the downloads of one account have been of late, and what follows from it. */
export class DownloadPace {
  readonly #stall: number;
  /** The longest silence of each of the last requests, in milliseconds. */
  readonly #silences: number[] = [];
  /** Milliseconds until the first byte of an answer. */
  #firstByte: number | null = null;
  /** Bytes a millisecond on one connection. */
  #rate: number | null = null;

  /** `stall`: the most that `stall` is, milliseconds. */
  constructor(stall: number) {
    this.#stall = stall;
  }

  /** Milliseconds without a byte after which a connection is given up. */
  get stall(): number {
    if (this.#silences.length < ENOUGH) return this.#stall;
    return Math.min(this.#stall, Math.max(SHORTEST_STALL, STALLED * Math.max(...this.#silences)));
  }

  /** Bytes that come on an open connection in the time that another request needs for its first. */
  get skip(): number {
    if (this.#firstByte === null || this.#rate === null) return MIB;
    return Math.min(LONGEST_SKIP, Math.max(UNIT, this.#rate * this.#firstByte));
  }

  /** An answer began after so many milliseconds. */
  answered(ms: number): void {
    this.#firstByte = average(this.#firstByte, ms);
    this.#remember(ms);
  }

  /** A connection was silent for so many milliseconds at most, and brought its bytes none the less. */
  quiet(ms: number): void {
    this.#remember(ms);
  }

  /** A connection brought so many bytes in so many milliseconds, as fast as it could. */
  carried(bytes: number, ms: number): void {
    if (bytes >= MEASURED && ms > 0) this.#rate = average(this.#rate, bytes / ms);
  }

  /** A connection was given up after so many milliseconds without a byte: the next ones are given longer. */
  stalled(ms: number): void {
    this.#remember(ms);
  }

  #remember(silence: number): void {
    this.#silences.push(silence);
    if (this.#silences.length > REMEMBERED) this.#silences.shift();
  }
}

function average(known: number | null, newest: number): number {
  return known === null ? newest : known + (newest - known) * NEWEST;
}
