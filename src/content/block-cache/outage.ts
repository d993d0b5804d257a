import type { Env } from '../../lib/env.js';

/** Milliseconds after a failure until writing is tried again. */
const RETRY_AFTER = 60_000;

/** Whether the cache takes new bytes; when it does not, why. */
export type CacheState = { readonly kind: 'on' } | { readonly kind: 'off'; readonly message: string };

/** Writing to the disk has failed: for a while nothing is kept. Logged when it begins and when it is over. */
export class Outage {
  readonly #env: Env;
  #state: CacheState = { kind: 'on' };
  #retryAt = 0;

  constructor(env: Env) {
    this.#env = env;
  }

  /** Off until a write has succeeded again. */
  get state(): CacheState {
    return this.#state;
  }

  /** Whether a write may be tried now. */
  get over(): boolean {
    return this.#state.kind === 'on' || this.#env.clock.monotonic() >= this.#retryAt;
  }

  begin(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#retryAt = this.#env.clock.monotonic() + RETRY_AFTER;
    if (this.#state.kind === 'on') {
      this.#env.log.warn('the block cache is off, what is in it can still be read', { cause: message });
    }
    this.#state = { kind: 'off', message };
  }

  end(): void {
    if (this.#state.kind === 'on') return;
    this.#state = { kind: 'on' };
    this.#env.log.info('the block cache is on again');
  }
}
