import type { Clock } from '../lib/env.js';
import type { Lane } from './lane.js';
import { LearnedLimit } from './learned-limit.js';

/** The cloud may count a connection for a moment after it was closed here. */
const LINGER = 1000;

/** The connections of one link: how many there are and how many there may be. */
export class LinkLanes {
  readonly key: string;
  readonly held = new Set<Lane>();
  readonly #clock: Clock;
  readonly #learned: LearnedLimit;
  #cap = 1;
  /** When connections that carried bytes were closed, as far as the cloud may count them still. */
  #closed: readonly number[] = [];

  constructor(clock: Clock, key: string) {
    this.#clock = clock;
    this.#learned = new LearnedLimit(clock);
    this.key = key;
  }

  /** Takes over how many connections the newest link allows. */
  allow(cap: number): void {
    this.#cap = Math.max(1, cap);
  }

  /** How many connections there may be now. */
  get limit(): number {
    return this.#learned.of(this.#cap);
  }

  /** Milliseconds until one more connection is tried than the cloud taught; null when all are tried already. */
  get recovery(): number | null {
    return this.#learned.recovery(this.#cap);
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
    this.#learned.learn(others);
  }

  /** Forgets what was learned: the refusals had another cause. */
  unlearn(): void {
    this.#learned.unlearn();
  }

  /** Whether a connection besides `others` may be one too many for the cloud. */
  crowded(others: number): boolean {
    return others > 0 || this.#lingering().length >= this.#cap;
  }

  leave(lane: Lane, carriedBytes: boolean): void {
    this.held.delete(lane);
    if (carriedBytes) this.#closed = [...this.#lingering(), this.#clock.monotonic()];
  }

  #lingering(): readonly number[] {
    return this.#closed.filter((at) => this.#clock.monotonic() - at < LINGER);
  }
}
