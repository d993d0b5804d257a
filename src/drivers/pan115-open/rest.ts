import type { Clock } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { formatDuration } from '../../lib/quantity.js';

/** After a refusal that asks for patience (115-open.md §3.3: never loop), in milliseconds. */
const FIRST_REST = 120_000;
const LONGEST_REST = 1_800_000;

/** After any other failure: long enough to be no storm, short enough to notice that the network is back. */
const SHORT_REST = 10_000;

/** How long renewing a login rests after it failed: minutes that double after a refusal, else seconds. */
export class RenewalRest {
  readonly #clock: Clock;
  readonly #account: string;
  #error: FsError | null = null;
  /** Monotonic milliseconds. */
  #until = 0;
  #next = FIRST_REST;

  constructor(clock: Clock, account: string) {
    this.#clock = clock;
    this.#account = account;
  }

  /** Why nothing is renewed now; null when a renewal may be tried. */
  get error(): FsError | null {
    return this.#clock.monotonic() < this.#until ? this.#error : null;
  }

  /** Until when the cloud's patience is waited for, in milliseconds since the epoch, and what it said. */
  get throttle(): { readonly until: number; readonly message: string } | null {
    const { error } = this;
    if (error?.reason !== 'throttle') return null;
    return { until: this.#clock.now() + this.#until - this.#clock.monotonic(), message: error.message };
  }

  /** Begins to rest; the error that says so is to be thrown until the rest is over. */
  start(error: FsError): FsError {
    const refused = error.reason === 'throttle' || error.reason === 'login';
    const rest = refused ? this.#next : SHORT_REST;
    if (refused) this.#next = Math.min(LONGEST_REST, this.#next * 2);
    const words = `account ${this.#account}: ${error.message}. The next attempt is made in ${formatDuration(rest)}`;
    this.#error = new FsError(error.errno, words, { reason: error.reason, cause: error });
    this.#until = this.#clock.monotonic() + rest;
    return this.#error;
  }

  /** A renewal worked. The next refusal still rests longer until `forget`. */
  end(): void {
    this.#error = null;
    this.#until = 0;
  }

  /** The login has proved good, or is another one. */
  forget(): void {
    this.end();
    this.#next = FIRST_REST;
  }
}
