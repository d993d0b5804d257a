import type { Clock } from '../../lib/env.js';
import type { Bandwidth } from './bandwidth.js';
import { Bell } from './bell.js';

/** Smaller files go first. */
const SMALL = 16 * 1024 * 1024;
/** Who has waited so long goes before all others. */
const LONGEST_WAIT = 600_000;

interface Waiting {
  readonly small: boolean;
  /** Monotonic time. */
  readonly since: number;
}

/** What the uploads of one account share: how many run at once, in which order, how fast, and whether any does. */
export class UploadSlots {
  readonly bandwidth: Bandwidth;
  readonly #clock: Clock;
  readonly #bell = new Bell();
  readonly #waiting = new Set<Waiting>();
  readonly #pauseListeners = new Set<() => void>();
  #parallel: number;
  #taken = 0;
  #paused = false;

  constructor(clock: Clock, bandwidth: Bandwidth, parallel = 1) {
    this.#clock = clock;
    this.bandwidth = bandwidth;
    this.#parallel = parallel;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get parallel(): number {
    return this.#parallel;
  }

  set parallel(parallel: number) {
    this.#parallel = parallel;
    this.#bell.ring();
  }

  /** No upload begins until `resume`, and those under way stop. */
  pause(): void {
    this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
  }

  /** Tells of every pause and resume; the answer ends it. */
  onPause(listener: () => void): () => void {
    this.#pauseListeners.add(listener);
    return () => this.#pauseListeners.delete(listener);
  }

  /**
   * Resolves when a file of so many bytes may be uploaded: small ones first, and nobody waits for ever. Call what it
   * answers when that has ended. Rejects with the signal's reason on abort.
   */
  async take(size: number, signal: AbortSignal): Promise<() => void> {
    const waiting = { small: size < SMALL, since: this.#clock.monotonic() };
    this.#waiting.add(waiting);
    try {
      await this.#bell.until(() => this.#admits(waiting), signal);
      this.#taken += 1;
    } finally {
      this.#waiting.delete(waiting);
      this.#bell.ring();
    }
    return this.#release();
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#bell.ring();
    for (const listener of this.#pauseListeners) listener();
  }

  #admits(waiting: Waiting): boolean {
    return !this.#paused && this.#taken < this.#parallel && this.#next() === waiting;
  }

  #next(): Waiting | undefined {
    const [oldest] = this.#waiting;
    const late = this.#clock.monotonic() - LONGEST_WAIT;
    if (oldest !== undefined && oldest.since <= late) return oldest;
    for (const waiting of this.#waiting) if (waiting.small) return waiting;
    return oldest;
  }

  #release(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= 1;
      this.#bell.ring();
    };
  }
}
