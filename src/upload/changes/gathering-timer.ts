import type { Clock, Timer } from '../../lib/env.js';
import { Bell } from '../queue/bell.js';

export interface GatheringOptions {
  /** Milliseconds without another change after which the gathered ones are sent. */
  readonly quiet: number;
  /** Milliseconds after the first change at which they are sent in any event. */
  readonly longest: number;
}

/** Lets changes gather, so that many go in one call. */
export class GatheringTimer {
  readonly #clock: Clock;
  readonly #options: GatheringOptions;
  readonly #bell = new Bell();
  #quiet: Timer | null = null;
  #latest: Timer | null = null;
  #due = false;
  #again = false;

  constructor(clock: Clock, options: GatheringOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** A change came. */
  added(): void {
    this.#quiet?.cancel();
    this.#quiet = this.#clock.after(this.#options.quiet, () => this.now());
    this.#latest ??= this.#clock.after(this.#options.longest, () => this.now());
  }

  /** What is gathered is sent at once. */
  now(): void {
    this.cancel();
    this.#due = true;
    this.#bell.ring();
  }

  /** Something that was gathered and had to wait may go now; what came since still gathers. */
  again(): void {
    this.#again = true;
    this.#bell.ring();
  }

  /** Whether something was gathered since the last time this was asked. */
  take(): boolean {
    const due = this.#due;
    this.#due = false;
    return due;
  }

  /** Resolves when something was gathered or may go now. Rejects with the signal's reason on abort. */
  async gathered(signal: AbortSignal): Promise<void> {
    await this.#bell.until(() => this.#due || this.#again, signal);
    this.#again = false;
  }

  /** Nothing becomes due by itself. */
  cancel(): void {
    this.#quiet?.cancel();
    this.#latest?.cancel();
    this.#quiet = null;
    this.#latest = null;
  }
}
