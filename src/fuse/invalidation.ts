import { AsyncResource } from 'node:async_hooks';
import type { Env, Timer } from '../lib/env.js';

/** Tells the kernel to forget one name. Rejects with an error whose code is EAGAIN when too many wait already. */
export type Invalidate = (path: string) => Promise<void>;

/** How long changes are gathered, in milliseconds. */
const GATHER = 50;
const AGAIN = 1000;
/** Each needs a thread of the pool for a moment; the binding takes 1,024 at most. */
const AT_ONCE = 4;

/**
 * Makes the kernel forget names that mean something else now. Without it the kernel would believe them until its
 * timeouts end. Paths are gathered and sent a few at a time, never from inside a request: the kernel may hold the
 * directory's lock until that request is answered.
 */
export class KernelInvalidation {
  readonly #env: Env;
  readonly #invalidate: Invalidate;
  readonly #waiting = new Set<string>();
  readonly #begin: (wait: number) => void;
  #timer: Timer | null = null;
  #sending = false;
  #underWay = 0;
  #closed = false;

  constructor(env: Env, invalidate: Invalidate) {
    this.#env = env;
    this.#invalidate = invalidate;
    // The binding knows by the asynchronous context whether a request is being answered; changes are often told
    // from within one.
    this.#begin = AsyncResource.bind((wait: number) => {
      this.#timer = env.clock.after(wait, () => void this.#send());
    });
  }

  /** So many names are still to be forgotten. */
  get waiting(): number {
    return this.#waiting.size + this.#underWay;
  }

  /** Forgets these paths soon. */
  add(paths: readonly string[]): void {
    if (this.#closed) return;
    for (const path of paths) if (path !== '/') this.#waiting.add(path);
    this.#schedule(GATHER);
  }

  /** Forgets what waits: the mount is gone. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#waiting.clear();
  }

  #schedule(wait: number): void {
    if (this.#closed || this.#sending || this.#timer !== null || this.#waiting.size === 0) return;
    this.#begin(wait);
  }

  async #send(): Promise<void> {
    this.#timer = null;
    this.#sending = true;
    let full = false;
    while (this.#waiting.size > 0 && !full && !this.#closed) {
      const batch = [...this.#waiting].slice(0, AT_ONCE);
      for (const path of batch) this.#waiting.delete(path);
      this.#underWay = batch.length;
      full = (await Promise.all(batch.map((path) => this.#sendOne(path)))).includes('full');
    }
    this.#sending = false;
    this.#underWay = 0;
    this.#schedule(full ? AGAIN : GATHER);
  }

  async #sendOne(path: string): Promise<'done' | 'full'> {
    try {
      await this.#invalidate(path);
      return 'done';
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') {
        this.#waiting.add(path);
        return 'full';
      }
      // A directory above it may be gone as well: then the kernel has nothing to forget.
      this.#env.log.debug(`${path}: the kernel was not told to forget it`, { cause: error });
      return 'done';
    }
  }
}
