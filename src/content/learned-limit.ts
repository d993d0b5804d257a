import type { Clock } from '../lib/env.js';

/** How long a cap that the cloud taught stays before one more connection is tried: longer each time in a row. */
const FIRST_RECOVERY = 500;
const LONGEST_RECOVERY = 60_000;
const IN_A_ROW = 10_000;

/** The cloud refused a connection at a time (of Clock.monotonic) when it allowed `limit` others. */
interface Lesson {
  readonly limit: number;
  readonly at: number;
  readonly recovery: number;
}

/** What the cloud taught about how many connections it allows: believed for a while, then one more is tried. */
export class LearnedLimit {
  readonly #clock: Clock;
  #lesson: Lesson | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many connections of `cap` there may be now. */
  of(cap: number): number {
    if (this.#lesson === null) return cap;
    const { limit, at, recovery } = this.#lesson;
    return Math.min(cap, limit + Math.floor((this.#clock.monotonic() - at) / recovery));
  }

  /** Whole milliseconds until one more connection is tried than the cloud taught; null when all of `cap` are tried. */
  recovery(cap: number): number | null {
    if (this.#lesson === null || this.of(cap) >= cap) return null;
    const { at, recovery } = this.#lesson;
    // A clock moves by nothing when the smallest fractions are added to it.
    return Math.ceil(recovery - ((this.#clock.monotonic() - at) % recovery));
  }

  /** The cloud refused a connection: it allows no more than the `others` that are there, if any are. */
  learn(others: number): void {
    if (others === 0) return;
    const at = this.#clock.monotonic();
    this.#lesson = { limit: others, at, recovery: this.#nextRecovery(at) };
  }

  /** The refusals had another cause. */
  unlearn(): void {
    this.#lesson = null;
  }

  #nextRecovery(now: number): number {
    if (this.#lesson === null) return FIRST_RECOVERY;
    const { at, recovery } = this.#lesson;
    // Refusals at the same time are one lesson.
    if (now - at < recovery) return recovery;
    return now - at < recovery + IN_A_ROW ? Math.min(LONGEST_RECOVERY, recovery * 4) : FIRST_RECOVERY;
  }
}
