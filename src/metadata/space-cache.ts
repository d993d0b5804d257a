import type { Driver, Space } from '../driver/driver.js';
import { abortable } from '../lib/abortable.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import { Patience } from './patience.js';

export interface SpaceOptions {
  /** How long an answer, or a failure, is kept; milliseconds. */
  readonly ttl: number;
  /** How long somebody waits for the first answer; milliseconds. */
  readonly patience: number;
}

/** Space of the account, asked seldom. What is known is answered at once, and asked again behind when it is old. */
export class SpaceCache {
  readonly #env: Env;
  readonly #driver: Driver;
  readonly #options: SpaceOptions;
  readonly #closing = new AbortController();
  #known: Space | null = null;
  #askedAt: number | null = null;
  #asking: Promise<void> | null = null;

  constructor(env: Env, driver: Driver, options: SpaceOptions) {
    this.#env = env;
    this.#driver = driver;
    this.#options = options;
  }

  /** What was learned last; null when nothing was. Asks nobody. */
  get known(): Space | null {
    return this.#known;
  }

  /** Null when the cloud does not say, or has not answered yet. Rejects only with the abort reason. */
  async get(call: Call): Promise<Space | null> {
    const age = this.#askedAt === null ? null : this.#env.clock.monotonic() - this.#askedAt;
    if (age === null || age >= this.#options.ttl) this.#asking ??= this.#ask(call);
    if (this.#known === null && this.#asking !== null) await abortable(call.signal, this.#asking);
    return this.#known;
  }

  async close(): Promise<void> {
    this.#closing.abort(new FsError('EIO', 'the drive is being closed', { expected: true }));
    await this.#asking;
  }

  async #ask({ urgency }: Call): Promise<void> {
    const limit = this.#options.patience;
    const patience = Patience.start(
      this.#env.clock,
      { progress: limit, total: limit },
      () => new FsError('ETIMEDOUT', 'the cloud did not tell its space in time', { reason: 'network' }),
    );
    try {
      const signal = AbortSignal.any([patience.signal, this.#closing.signal]);
      this.#known = await this.#driver.space({ signal, urgency });
    } catch (error) {
      // statfs goes on with what is known: a full answer is not worth an error in every df.
      const { message, errno } = toFsError(error);
      if (!this.#closing.signal.aborted) this.#env.log.warn('space is not known', { errno, error: message });
    } finally {
      patience.end();
      this.#askedAt = this.#env.clock.monotonic();
      this.#asking = null;
    }
  }
}
