import type { Clock, Timer } from '../../src/lib/env.js';

/** Real time that goes by many times as fast: for what waits for seconds and is not to be waited for. */
export class QuickClock implements Clock {
  readonly #clock: Clock;
  readonly #factor: number;
  readonly #wall: number;
  readonly #begun: number;

  constructor(clock: Clock, factor: number) {
    this.#clock = clock;
    this.#factor = factor;
    this.#wall = clock.now();
    this.#begun = clock.monotonic();
  }

  now(): number {
    return this.#wall + (this.#clock.monotonic() - this.#begun) * this.#factor;
  }

  monotonic(): number {
    return this.#begun + (this.#clock.monotonic() - this.#begun) * this.#factor;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms / this.#factor, signal);
  }

  after(ms: number, action: () => void): Timer {
    return this.#clock.after(ms / this.#factor, action);
  }
}
