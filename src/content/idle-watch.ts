import type { Clock, Timer } from '../lib/env.js';

/** What happens once nothing has been asked for `after` milliseconds. */
export interface IdleStep {
  readonly after: number;
  readonly action: () => void;
}

/** Runs steps, each once, as the time without activity grows. */
export class IdleWatch {
  readonly #clock: Clock;
  #steps: readonly IdleStep[] = [];
  #since = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins to count, with steps in the order of their times. */
  start(steps: readonly IdleStep[]): void {
    this.stop();
    this.#steps = steps;
    this.#since = this.#clock.monotonic();
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#steps = [];
  }

  #arm(): void {
    const [next] = this.#steps;
    if (next === undefined) return;
    const due = this.#since + next.after - this.#clock.monotonic();
    this.#timer = this.#clock.after(Math.max(0, due), () => {
      this.#steps = this.#steps.slice(1);
      this.#timer = null;
      this.#arm();
      next.action();
    });
  }
}
