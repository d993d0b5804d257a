import type { Clock, Timer } from '../../lib/env.js';

const FIRST = 5000;
const GROWTH = 1.5;
const LONGEST = 300_000;
/** While somebody watches: a day of it stays inside the calls of a day. */
const LONGEST_WATCHED = 15_000;

/** Looks again and again, first after 5 s, then less and less often, as long as something runs. */
export class OfflinePoll {
  readonly #clock: Clock;
  readonly #look: () => Promise<boolean>;
  #timer: Timer | null = null;
  #wait = FIRST;
  #watchers = 0;
  #looking: Promise<void> | null = null;
  #closed = false;

  /** `look` never rejects and tells whether anything still runs. */
  constructor(clock: Clock, look: () => Promise<boolean>) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Something new runs: looks again soon. */
  begin(): void {
    this.#wait = FIRST;
    this.#schedule();
  }

  /** Something runs: goes on as before, or begins. */
  goOn(): void {
    if (this.#timer === null && this.#looking === null) this.begin();
  }

  /** Somebody watches until the returned function is called: looks more often. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#timer !== null) this.begin();
    return () => {
      this.#watchers -= 1;
    };
  }

  get isRunning(): boolean {
    return this.#timer !== null || this.#looking !== null;
  }

  /** Resolves when nobody looks any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
    await this.#looking;
  }

  #schedule(): void {
    this.#timer?.cancel();
    if (this.#closed) return;
    const most = this.#watchers > 0 ? LONGEST_WATCHED : LONGEST;
    this.#timer = this.#clock.after(Math.min(this.#wait, most), () => {
      this.#timer = null;
      this.#looking ??= this.#lookOnce();
    });
  }

  async #lookOnce(): Promise<void> {
    const runs = await this.#look();
    this.#looking = null;
    if (!runs || this.#timer !== null) return;
    this.#wait = Math.min(this.#wait * GROWTH, LONGEST);
    this.#schedule();
  }
}
