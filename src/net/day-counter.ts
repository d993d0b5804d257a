import type { Env, Timer } from '../lib/env.js';

/** Calls made on one day. */
export interface DayCount {
  /** `2026-01-31`, as the cloud counts days (UTC+8). */
  readonly day: string;
  readonly calls: number;
  /** When it was saved, milliseconds since the epoch; earlier versions did not say. */
  readonly at?: number;
}

/** Where the calls of the day are kept across restarts. */
export interface CounterStore {
  /** Null when nothing is stored. */
  load(account: string): Promise<DayCount | null>;
  save(account: string, count: DayCount): Promise<void>;
}

const SAVE_DELAY = 1000;
/** The clouds count by the days of Beijing, UTC+8, which knows no summer time. */
const ZONE = 8 * 3_600_000;
const DAY = 24 * 3_600_000;

/** Calls of one account on one day, kept across restarts. Never rejects: a count that is lost is only a count. */
export class DayCounter {
  readonly #env: Env;
  readonly #account: string;
  readonly #store: CounterStore;
  #day = '';
  #calls = 0;
  readonly #byName = new Map<string, number>();
  #loading: Promise<void> | null = null;
  #saving: Promise<void> = Promise.resolve();
  #saveFailed = false;
  #timer: Timer | null = null;
  /** When the count was handed to the store last; by the monotonic clock. */
  #savedAt = -Infinity;
  /** When an earlier process saved its count last; by the wall clock. */
  #earlierAt: number | null = null;

  constructor(env: Env, account: string, store: CounterStore) {
    this.#env = env;
    this.#account = account;
    this.#store = store;
  }

  /** Reads what was counted before the restart, once. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  get today(): number {
    this.#turnDay();
    return this.#calls;
  }

  get byName(): Record<string, number> {
    this.#turnDay();
    return Object.fromEntries(this.#byName);
  }

  /** Wall time, in milliseconds since the epoch, of the next midnight of the cloud. */
  get midnight(): number {
    return (Math.floor((this.#env.clock.now() + ZONE) / DAY) + 1) * DAY - ZONE;
  }

  /**
   * Milliseconds for which no earlier process can have made a call, by what `load` has found; Infinity when there
   * was none. What was called less than a second before it was killed was not saved.
   */
  get restBeforeStart(): number {
    if (this.#earlierAt === null) return Infinity;
    return Math.max(0, this.#env.clock.now() - this.#earlierAt - SAVE_DELAY);
  }

  add(name: string): void {
    this.#turnDay();
    this.#calls += 1;
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + 1);
    const { clock } = this.#env;
    // The first after a while at once: a process that is killed now must not begin with a full burst again.
    const due = this.#savedAt + SAVE_DELAY - clock.monotonic();
    if (due <= 0) this.#save();
    else this.#timer ??= clock.after(due, () => this.#save());
  }

  /** Resolves when every call is in the store. */
  async flush(): Promise<void> {
    if (this.#timer !== null) this.#save();
    await this.#saving;
  }

  async #load(): Promise<void> {
    try {
      const stored = await this.#store.load(this.#account);
      this.#earlierAt = stored?.at ?? null;
      this.#turnDay();
      if (stored?.day === this.#day) this.#calls += stored.calls;
    } catch (error) {
      this.#env.log.warn('calls of today cannot be read, counting from 0', { account: this.#account, error });
    }
  }

  /** The day may change in either direction: somebody sets the clock. */
  #turnDay(): void {
    const day = new Date(this.#env.clock.now() + ZONE).toISOString().slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#calls = 0;
    this.#byName.clear();
  }

  #save(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const { clock } = this.#env;
    this.#savedAt = clock.monotonic();
    const count: DayCount = { day: this.#day, calls: this.#calls, at: clock.now() };
    this.#saving = this.#saving
      .then(() => this.#store.save(this.#account, count))
      .then(
        () => {
          this.#saveFailed = false;
        },
        (error: unknown) => this.#warnOnce(error),
      );
  }

  #warnOnce(error: unknown): void {
    if (!this.#saveFailed) {
      this.#env.log.warn('calls of today cannot be saved', { account: this.#account, error });
    }
    this.#saveFailed = true;
  }
}
