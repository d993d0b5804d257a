import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5000;
/** While a connection that was just closed may still be counted by the cloud. */
const CROWDED_PAUSE = 300;
const WRONG_REPLIES = 3;
const REFUSED_PAUSE = 400;
const REFUSALS = 6;
/** After so many the link itself is doubted. */
const REFUSALS_OF_A_LINK = 3;

/**
 * What has gone wrong since bytes came last, and how long to wait before the next try. What may pass is tried
 * for as long as somebody waits: the pauses end with the signal, and every reader has a deadline of its own.
 */
export class Retries {
  readonly #env: Env;
  #trouble: FsError | null = null;
  #failures = 0;
  #wrongReplies = 0;
  #refusals = 0;

  constructor(env: Env) {
    this.#env = env;
  }

  /** The last failure; null while all is well. */
  get trouble(): FsError | null {
    return this.#trouble;
  }

  /** Bytes came. */
  progress(): void {
    this.#trouble = null;
    this.#failures = 0;
    this.#wrongReplies = 0;
    this.#refusals = 0;
  }

  /** Waits after a failure that may pass; throws the error when it will not. */
  async failed(thrown: unknown, signal: AbortSignal): Promise<void> {
    const error = toFsError(thrown);
    if (error.reason === 'reply') this.#wrongReply(error);
    else if (error.reason !== 'network' && error.reason !== 'throttle') throw error;
    await this.#pause(error, signal);
  }

  /** Waits while other connections of the link may be the cause of a refusal. */
  async crowded(error: FsError, signal: AbortSignal): Promise<void> {
    this.#trouble = error;
    await this.#env.clock.sleep(CROWDED_PAUSE, signal);
  }

  /**
   * Waits after a new link was refused although nothing else was open: others may hold the account's connections. Throws
   * EACCES after two seconds. Answers whether another link is worth its call.
   */
  async refused(error: FsError, signal: AbortSignal): Promise<boolean> {
    this.#refusals += 1;
    if (this.#refusals >= REFUSALS) throw error;
    this.#trouble = error;
    await this.#env.clock.sleep(REFUSED_PAUSE, signal);
    return this.#refusals === REFUSALS_OF_A_LINK;
  }

  #wrongReply(error: FsError): void {
    this.#wrongReplies += 1;
    if (this.#wrongReplies < WRONG_REPLIES) return;
    throw new FsError('EIO', error.message, { cause: error, reason: 'reply' });
  }

  async #pause(error: FsError, signal: AbortSignal): Promise<void> {
    this.#trouble = error;
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    this.#failures += 1;
    this.#env.log.debug('download interrupted', { error, attempt: this.#failures });
    // Between half and all of it, so that readers who failed together do not come back together.
    await this.#env.clock.sleep(longest * (0.5 + this.#env.random.fraction() / 2), signal);
  }
}
