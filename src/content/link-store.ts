import type { Env } from '../lib/env.js';
import type { StateStore } from '../store/state-database.js';
import type { Link, StoredLink } from './link.js';

/** How long a link that does not say when it expires is kept, in milliseconds. */
const UNDATED_LIFE = 86_400_000;

/** Links on disk. Nobody waits for what is written, and nothing fails: a link that is not kept costs one call. */
export class LinkStore {
  readonly #env: Env;
  readonly #store: StateStore<StoredLink>;
  readonly #writing = new Set<Promise<void>>();
  #swept = false;

  constructor(env: Env, store: StateStore<StoredLink>) {
    this.#env = env;
    this.#store = store;
  }

  /** In the order of the keys; undefined where none is stored. */
  async load(keys: readonly string[]): Promise<readonly (StoredLink | undefined)[]> {
    this.#sweep();
    try {
      return await this.#store.getMany(keys);
    } catch (error) {
      this.#env.log.warn('stored download links not read; new ones are asked for', { error });
      return [];
    }
  }

  save({ key, ...stored }: Link): void {
    const life = stored.expiresAt === null ? UNDATED_LIFE : stored.expiresAt - stored.fetchedAt;
    this.#write(this.#store.set(key, stored, life));
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    await Promise.all(this.#writing);
  }

  /** The store drops what has expired when it is asked for everything: once a start is enough. */
  #sweep(): void {
    if (this.#swept) return;
    this.#swept = true;
    this.#write(this.#store.entries());
  }

  #write(work: Promise<unknown>): void {
    const writing = work
      .then(
        () => undefined,
        (error: unknown) => this.#env.log.warn('download links not stored', { error }),
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }
}
