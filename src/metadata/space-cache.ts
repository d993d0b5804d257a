import type { Driver, Space } from '../driver/driver.js';
import { abortable } from '../lib/abortable.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import type { StateStore } from '../store/state-database.js';
import { Patience } from './patience.js';

export interface SpaceOptions {
  /** How long an answer, or a failure, is kept; milliseconds. */
  readonly ttl: number;
  /** How long somebody waits for the first answer; milliseconds. */
  readonly patience: number;
}

/** What the cloud said, and when: milliseconds since the epoch. */
export interface StoredSpace {
  readonly space: Space | null;
  readonly at: number;
}

export interface SpaceParts {
  readonly driver: Driver;
  readonly rows: StateStore<StoredSpace>;
  /** Under which the drive's space is kept. */
  readonly key: string;
}

/**
 * Space of the account, asked seldom and kept across restarts: find and others ask it of every file system they
 * enter. What is known is answered at once, and asked again behind when it is old.
 */
export class SpaceCache {
  readonly #env: Env;
  readonly #parts: SpaceParts;
  readonly #options: SpaceOptions;
  readonly #closing = new AbortController();
  #known: Space | null = null;
  #askedAt: number | null = null;
  #asking: Promise<void> | null = null;
  #loading: Promise<void> | null = null;
  #learning: Promise<void> | null = null;
  #saving: Promise<void> = Promise.resolve();

  constructor(env: Env, parts: SpaceParts, options: SpaceOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
  }

  /** What was learned last; null when nothing was. Asks nobody. */
  get known(): Space | null {
    return this.#known;
  }

  /** Sees to it that the space is known soon; nobody waits for it. */
  expect(): void {
    this.#learning ??= this.#learn();
  }

  /**
   * Null when the cloud does not say, or has not answered yet. What is older than `maxAge` (milliseconds) waits for
   * the cloud, and is answered if that does not come. Rejects only with the abort reason.
   */
  async get(call: Call, maxAge = Infinity): Promise<Space | null> {
    this.#loading ??= this.#load();
    await abortable(call.signal, this.#loading);
    const age = this.#age();
    const isTooOld = maxAge !== Infinity && age >= maxAge;
    if (isTooOld || age >= this.#options.ttl) this.#asking ??= this.#ask(call.urgency);
    if ((this.#known === null || isTooOld) && this.#asking !== null) {
      await abortable(call.signal, this.#asking);
    }
    return this.#known;
  }

  /** Ends what is asked; resolves when what is known is on disk. */
  async close(): Promise<void> {
    this.#closing.abort(new FsError('EIO', 'the drive is being closed', { expected: true }));
    await this.#learning;
    await this.#asking;
    await this.#saving;
  }

  /** Milliseconds since somebody asked; Infinity when nobody did. */
  #age(): number {
    return this.#askedAt === null ? Infinity : this.#env.clock.monotonic() - this.#askedAt;
  }

  async #learn(): Promise<void> {
    await (this.#loading ??= this.#load());
    if (this.#age() >= this.#options.ttl) await (this.#asking ??= this.#ask('background'));
    this.#learning = null;
  }

  async #load(): Promise<void> {
    const { rows, key } = this.#parts;
    try {
      const stored = await rows.get(key);
      if (stored === undefined) return;
      const age = this.#env.clock.now() - stored.at;
      this.#known = stored.space;
      // A time from the future means that the clock was set back: it is asked again.
      if (age >= 0) this.#askedAt = this.#env.clock.monotonic() - age;
    } catch (error) {
      this.#env.log.warn('the stored space was not read', { error });
    }
  }

  async #keep(space: Space | null): Promise<void> {
    try {
      await this.#parts.rows.set(this.#parts.key, { space, at: this.#env.clock.now() });
    } catch (error) {
      this.#env.log.warn('the space was not stored', { error });
    }
  }

  async #ask(urgency: Call['urgency']): Promise<void> {
    const limit = this.#options.patience;
    const patience = Patience.start(
      this.#env.clock,
      { progress: limit, total: limit },
      () => new FsError('ETIMEDOUT', 'the cloud did not tell its space in time', { reason: 'network' }),
    );
    try {
      const signal = AbortSignal.any([patience.signal, this.#closing.signal]);
      this.#known = await this.#parts.driver.space({ signal, urgency });
      this.#saving = this.#keep(this.#known);
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
