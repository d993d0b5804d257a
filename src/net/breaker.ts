import type { Clock } from '../lib/env.js';

export interface BreakerOptions {
  /** Milliseconds of the first pause when the cloud does not say how long. */
  readonly first: number;
  /** Pauses double while refusals follow each other, up to this many milliseconds. */
  readonly max: number;
}

/** No pause is longer, whatever the cloud says: it may be a slip. */
const LONGEST = 24 * 3_600_000;

/**
 *            refused                     pause over
 *  closed ───────────► open ─────────────────────────► trying
 *     ▲                 ▲   refused: twice the pause     │ │
 *     │                 └────────────────────────────────┘ │
 *     └────────────────────────────────────────────────────┘
 *                          succeeded
 */
type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'paused'; readonly until: number; readonly message: string; readonly refusals: number };

/** Whether calls may go out to a cloud that has refused some. */
export class Breaker {
  readonly #clock: Clock;
  readonly #options: BreakerOptions;
  #state: State = { kind: 'closed' };

  constructor(clock: Clock, options: BreakerOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** closed: calls flow. open: none may go out. trying: one at a time, until one succeeds. */
  get condition(): 'closed' | 'open' | 'trying' {
    if (this.#state.kind === 'closed') return 'closed';
    return this.remaining > 0 ? 'open' : 'trying';
  }

  /** Milliseconds until the pause is over; 0 when there is none. */
  get remaining(): number {
    return this.#state.kind === 'closed' ? 0 : Math.max(0, this.#state.until - this.#clock.monotonic());
  }

  /** What the cloud said when it refused; empty when it did not refuse. */
  get message(): string {
    return this.#state.kind === 'closed' ? '' : this.#state.message;
  }

  /** `wait` in milliseconds is what the cloud asked for; null when it did not say. */
  refused(wait: number | null, message: string): void {
    // Calls that were under way when the pause began belong to the same refusal.
    const earlier = this.#state.kind === 'closed' ? 0 : this.#state.refusals;
    const refusals = this.condition === 'open' ? earlier : earlier + 1;
    const until = this.#clock.monotonic() + this.#pause(wait, refusals);
    const standing = this.#state.kind === 'closed' ? 0 : this.#state.until;
    this.#state = { kind: 'paused', until: Math.max(until, standing), message, refusals };
  }

  /** Returns whether this ended a time of refusals. */
  succeeded(): boolean {
    if (this.condition !== 'trying') return false;
    this.#state = { kind: 'closed' };
    return true;
  }

  #pause(wait: number | null, refusals: number): number {
    const base = Math.min(wait ?? this.#options.first, LONGEST);
    return Math.min(base * 2 ** (refusals - 1), Math.max(base, this.#options.max));
  }
}
