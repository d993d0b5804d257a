import type { Clock, Timer } from '../../src/lib/env.js';

interface Pending {
  readonly at: number;
  readonly action: () => void;
}

/** So many timers at one moment are a loop that waits for a time that never comes. */
const MOST_AT_ONCE = 10_000;

/** A clock that moves only when told to. Runs what falls due in order, letting promises settle in between. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #wall: number;
  readonly #settled: () => Promise<void>;
  readonly #pending = new Set<Pending>();

  /** `settled` resolves when everybody waits for the clock. */
  constructor(wall = Date.UTC(2026, 0, 1), settled: () => Promise<void> = settle) {
    this.#wall = wall;
    this.#settled = settled;
  }

  now(): number {
    return this.#wall + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const timer = this.after(ms, () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      });
      const aborted = (): void => {
        timer.cancel();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  after(ms: number, action: () => void): Timer {
    const pending = { at: this.#elapsed + ms, action };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** How many sleeps and timers wait. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Moves time forward; everything that falls due on the way runs at its moment. */
  async advance(ms: number): Promise<void> {
    const target = this.#elapsed + ms;
    let atOnce = 0;
    await this.#settled();
    for (let next = this.#next(target); next !== null; next = this.#next(target)) {
      atOnce = next.at > this.#elapsed ? 0 : atOnce + 1;
      if (atOnce > MOST_AT_ONCE) throw new Error(`time stands still at ${this.#elapsed} ms`);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#pending.delete(next);
      next.action();
      await this.#settled();
    }
    this.#elapsed = target;
    await this.#settled();
  }

  /** Moves on to the moment of whoever waits for the nearest one; false when nobody waits. */
  async next(): Promise<boolean> {
    const next = this.#next(Infinity);
    if (next !== null) await this.advance(next.at - this.#elapsed);
    return next !== null;
  }

  /** Moves wall time alone: the machine slept, or somebody set the clock. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  #next(target: number): Pending | null {
    let best: Pending | null = null;
    for (const pending of this.#pending) {
      if (pending.at <= target && (best === null || pending.at < best.at)) best = pending;
    }
    return best;
  }
}

/** Lets promises that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
