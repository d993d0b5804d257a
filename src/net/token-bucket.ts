import type { Clock } from '../lib/env.js';

/** Never more than `burst + perSecond × t` takes in any span of t seconds, however long it was idle before. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #burst: number;
  /** Monotonic time at which the bucket would be full. */
  #full = -Infinity;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.#clock = clock;
    this.#interval = 1000 / perSecond;
    this.#burst = burst;
  }

  /** Milliseconds until one may be taken. */
  get wait(): number {
    return Math.max(0, this.#full - (this.#burst - 1) * this.#interval - this.#clock.monotonic());
  }

  take(): void {
    this.#full = Math.max(this.#full, this.#clock.monotonic()) + this.#interval;
  }

  /** From now on only the steady pace, until it has been idle again. */
  drain(): void {
    this.#full = Math.max(this.#full, this.#clock.monotonic() + this.#burst * this.#interval);
  }
}
