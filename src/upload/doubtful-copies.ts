import type { DirectoryEntry, Entry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import type { Bell } from './queue/bell.js';
import { growingDelay } from './queue/growing-delay.js';
import { verdictOn } from './queue/verdict.js';

/** A copy that the cloud was asked for. */
export interface AskedCopy {
  readonly source: Entry;
  /** Those that the cloud may give it. */
  readonly names: readonly string[];
  readonly directory: DirectoryEntry;
  /** Ids of what was like it before. */
  readonly before: ReadonlySet<string>;
}

export interface DoubtfulCopiesParts {
  /** Milliseconds. */
  readonly listingLag: number;
  /** Rung when one is in doubt no more. */
  readonly bell: Bell;
  /** What the cloud has made of it and nobody knows yet; null when it lists nothing. */
  readonly find: (copy: AskedCopy, call: Call) => Promise<Entry | null>;
  /** Removes it from the cloud, unless somebody has come to know it. */
  readonly discard: (made: Entry) => Promise<void>;
}

interface Followed {
  readonly copy: AskedCopy;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

const ENDING = new FsError('EINTR', 'the daemon ends', { expected: true });
const TAKEN_OVER = new FsError('EINTR', 'the same copy is asked for again', { expected: true });

/**
 * Copies of files that the cloud was asked for and may have made although whoever wanted them was told of trouble, or
 * waits no more: they are looked for until the cloud lists the directory, and go. Who asks for the same again gets them.
 * None of this outlives the process.
 */
export class DoubtfulCopies {
  readonly #env: Pick<Env, 'clock' | 'log'>;
  readonly #parts: DoubtfulCopiesParts;
  readonly #followed = new Set<Followed>();
  #isEnding = false;

  constructor(env: Pick<Env, 'clock' | 'log'>, parts: DoubtfulCopiesParts) {
    this.#env = env;
    this.#parts = parts;
  }

  /** Sees to the end of a copy. Of directories it sees to nothing: what is in them may not be complete. */
  follow(copy: AskedCopy): void {
    if (this.#isEnding || copy.source.kind === 'directory') return;
    const abort = new AbortController();
    const ended = this.#discarded(copy, abort.signal).finally(() => {
      this.#followed.delete(followed);
      this.#parts.bell.ring();
    });
    const followed = { copy, abort, ended };
    this.#followed.add(followed);
  }

  /**
   * What the cloud has made when it was asked for the same before and that is in doubt; null for nothing. Rejects as
   * Driver.list does: it stays in doubt then.
   */
  async made(copy: Omit<AskedCopy, 'before'>, call: Call): Promise<Entry | null> {
    const followed = [...this.#followed].find((one) => keyOf(one.copy) === keyOf(copy));
    if (followed === undefined) return null;
    followed.abort.abort(TAKEN_OVER);
    await followed.ended;
    try {
      return await this.#parts.find(followed.copy, call);
    } catch (error) {
      this.follow(followed.copy);
      throw error;
    }
  }

  /** Resolves when none is in doubt. Rejects with the signal's reason on abort. */
  async idle(signal: AbortSignal): Promise<void> {
    await this.#parts.bell.until(() => this.#followed.size === 0, signal);
  }

  /** Looks for them no longer. */
  async close(): Promise<void> {
    this.#isEnding = true;
    const followed = [...this.#followed];
    for (const { abort } of followed) abort.abort(ENDING);
    await Promise.all(followed.map(({ ended }) => ended));
  }

  async #discarded(copy: AskedCopy, signal: AbortSignal): Promise<void> {
    const { find, discard, listingLag } = this.#parts;
    const call = { signal, urgency: 'background' } as const;
    try {
      for (let failures = 1; ; failures += 1) {
        await this.#env.clock.sleep(Math.max(listingLag, growingDelay(failures)), signal);
        const made = await this.#listed(find(copy, call), signal);
        if (made === undefined) continue;
        if (made !== null) await discard(made);
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      const { name } = copy.source;
      this.#env.log.warn('the cloud may keep a copy that nobody wants', { name, error: toFsError(error) });
    }
  }

  /** Undefined when it is to be tried again. */
  async #listed(found: Promise<Entry | null>, signal: AbortSignal): Promise<Entry | null | undefined> {
    try {
      return await found;
    } catch (thrown) {
      signal.throwIfAborted();
      const verdict = verdictOn(toFsError(thrown));
      if (verdict === 'again' || verdict === 'login') return undefined;
      throw thrown;
    }
  }
}

function keyOf({ source, names, directory }: Omit<AskedCopy, 'before'>): string {
  return JSON.stringify([source.id, directory.id, [...new Set(names)].sort()]);
}
