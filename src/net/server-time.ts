import type { Clock } from '../lib/env.js';

/** The time as a server has it: the clock here, corrected by the Date of its last answer. Milliseconds since the epoch. */
export class ServerTime {
  readonly #clock: Clock;
  #ahead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the Date header of an answer that has just come; null and what is no date change nothing. */
  observe(date: string | null): void {
    const told = date === null ? NaN : Date.parse(date);
    if (!Number.isNaN(told)) this.#ahead = told - this.#clock.now();
  }

  /** At most a second late: a Date has no fractions. */
  now(): number {
    return this.at(this.#clock.now());
  }

  /** What the server's clock showed when the one here showed `moment`. */
  at(moment: number): number {
    return moment + this.#ahead;
  }
}
