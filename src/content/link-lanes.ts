import type { Clock } from '../lib/env.js';
import type { Lane } from './lane.js';

/** How long a cap that the cloud taught stays before one more connection is tried: longer each time in a row. */
const FIRST_RECOVERY = 500;
const LONGEST_RECOVERY = 60_000;
const IN_A_ROW = 10_000;
/** The cloud may count a connection for a moment after it was closed here. */
const LINGER = 1000;

/** The cloud refused a connection at a time (of Clock.monotonic) when it allowed `limit` others. */
interface Lesson {
  readonly limit: number;
  readonly at: number;
  readonly recovery: number;
}

/** The connections of one link: how many there are and how many there may be. */
export class LinkLanes {
  readonly key: string;
  readonly held = new Set<Lane>();
  readonly #clock: Clock;
  #cap = 1;
  #learned: Lesson | null = null;
  /** When connections that carried bytes were closed, as far as the cloud may count them still. */
  #closed: readonly number[] = [];

  constructor(clock: Clock, key: string) {
    this.#clock = clock;
    this.key = key;
  }

  /** Takes over how many connections the newest link allows. */
  allow(cap: number): void {
    this.#cap = Math.max(1, cap);
  }

  /** How many connections there may be now. */
  get limit(): number {
    if (this.#learned === null) return this.#cap;
    const recovered = Math.floor((this.#clock.monotonic() - this.#learned.at) / this.#learned.recovery);
    return Math.min(this.#cap, this.#learned.limit + recovered);
  }

  /** Milliseconds until one more connection is tried than the cloud taught; null when all are tried already. */
  get recovery(): number | null {
    if (this.#learned === null || this.limit >= this.#cap) return null;
    const { at, recovery } = this.#learned;
    return recovery - ((this.#clock.monotonic() - at) % recovery);
  }

  get free(): boolean {
    return this.held.size < this.limit;
  }

  /** True while nothing is lost by forgetting this link. */
  get forgettable(): boolean {
    return this.held.size === 0 && this.limit === this.#cap && this.#lingering().length === 0;
  }

  /** The cloud refused a connection: it allows no more than the `others` that are there, if any are. */
  learn(others: number): void {
    if (others === 0) return;
    const at = this.#clock.monotonic();
    this.#learned = { limit: others, at, recovery: this.#recovery(at) };
  }

  /** Forgets what was learned: the refusals had another cause. */
  unlearn(): void {
    this.#learned = null;
  }

  /** Whether a connection besides `others` may be one too many for the cloud. */
  crowded(others: number): boolean {
    return others > 0 || this.#lingering().length >= this.#cap;
  }

  leave(lane: Lane, carriedBytes: boolean): void {
    this.held.delete(lane);
    if (carriedBytes) this.#closed = [...this.#lingering(), this.#clock.monotonic()];
  }

  #recovery(now: number): number {
    if (this.#learned === null) return FIRST_RECOVERY;
    const { at, recovery } = this.#learned;
    // Refusals at the same time are one lesson.
    if (now - at < recovery) return recovery;
    return now - at < recovery + IN_A_ROW ? Math.min(LONGEST_RECOVERY, recovery * 4) : FIRST_RECOVERY;
  }

  #lingering(): readonly number[] {
    return this.#closed.filter((at) => this.#clock.monotonic() - at < LINGER);
  }
}
