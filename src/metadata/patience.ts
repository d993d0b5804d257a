import type { Clock, Timer } from '../lib/env.js';
import type { FsError } from '../lib/errors.js';

/** How long somebody waits, in milliseconds: for the next sign of life, and in all. */
export interface PatienceLimits {
  readonly progress: number;
  readonly total: number;
}

/** Ends a wait when nothing has moved for too long, or when it has taken too long in all. */
export class Patience {
  readonly #clock: Clock;
  readonly #limits: PatienceLimits;
  readonly #reason: () => FsError;
  readonly #abort = new AbortController();
  #started = 0;
  #moved = 0;
  #timer: Timer | null = null;

  private constructor(clock: Clock, limits: PatienceLimits, reason: () => FsError) {
    this.#clock = clock;
    this.#limits = limits;
    this.#reason = reason;
  }

  /** Starts to wait; `end` it when the wait is over. `reason` makes what the signal aborts with. */
  static start(clock: Clock, limits: PatienceLimits, reason: () => FsError): Patience {
    const patience = new Patience(clock, limits, reason);
    patience.#started = patience.#moved = clock.monotonic();
    patience.#arm();
    return patience;
  }

  /** Aborts when patience is at its end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** A sign of life. */
  moved(): void {
    this.#moved = this.#clock.monotonic();
  }

  end(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    const end = Math.min(this.#moved + this.#limits.progress, this.#started + this.#limits.total);
    const left = end - this.#clock.monotonic();
    if (left <= 0) this.#abort.abort(this.#reason());
    else this.#timer = this.#clock.after(left, () => this.#arm());
  }
}
