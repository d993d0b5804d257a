import type { KeyvSqlite } from '@keyv/sqlite';
import { Keyv } from 'keyv';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { openSqliteFile, setAside } from './sqlite-file.js';
import { KeyvStateStore, type StateStore } from './state-store.js';
import { isDamage, storageError } from './storage-error.js';

export type { StateStore } from './state-store.js';

/** What a column may hold. */
export type SqlValue = string | number | null;

/**
 * Small state on disk: keyv over one SQLite file in WAL mode. A killed process loses nothing that was answered; a
 * power cut at most the last moments, in order. It is a cache: what cannot be read is set aside and begun anew.
 */
export class StateDatabase {
  readonly #env: Env;
  readonly #path: string;
  readonly #adapter: KeyvSqlite;
  readonly #keyv: Keyv;
  #condition: 'open' | 'damaged' | 'closed' = 'open';

  private constructor(env: Env, path: string, adapter: KeyvSqlite) {
    this.#env = env;
    this.#path = path;
    this.#adapter = adapter;
    this.#keyv = new Keyv({
      store: adapter,
      // keyv leaves the prefix out of keys that begin like their namespace: the stores add their own.
      useKeyPrefix: false,
      throwOnErrors: true,
      emitErrors: false,
      serialize: ({ value }) => JSON.stringify(value),
      deserialize: (text: string) => ({ value: JSON.parse(text) as never }),
    });
  }

  /**
   * Opens or creates the file, readable by its owner alone. A file of an older version is begun anew, an unreadable
   * one is renamed to `<path>.damaged-<time>`, logged and begun anew. Rejects with FsError EINVAL when a newer
   * version wrote the file, EACCES, EBUSY or ENOSPC when the disk does not let it be opened.
   */
  static async open(env: Env, path: string, version: number): Promise<StateDatabase> {
    return new StateDatabase(env, path, await openSqliteFile(env, path, version));
  }

  /** The values of one namespace. */
  store<T>(namespace: string): StateStore<T> {
    const guard = <R>(work: () => Promise<R>): Promise<R> => this.#guard(work);
    return new KeyvStateStore<T>(
      { clock: this.#env.clock, keyv: this.#keyv, adapter: this.#adapter, guard },
      namespace,
    );
  }

  /**
   * One SQL statement on tables of the caller's own; `?` stands for the parameters. There are no transactions: other
   * statements share the connection. Rejects with FsError.
   */
  async query<T = unknown>(sql: string, parameters: readonly SqlValue[] = []): Promise<readonly T[]> {
    return await this.#guard(async () => (await this.#adapter.query(sql, parameters)) as readonly T[]);
  }

  /** Resolves when everything is in the file. A file found damaged meanwhile is set aside for the next start. */
  async close(): Promise<void> {
    if (this.#condition === 'closed') return;
    const damaged = this.#condition === 'damaged';
    this.#condition = 'closed';
    try {
      await this.#adapter.close();
    } catch (error) {
      if (!damaged) throw storageError(error, this.#path);
    }
    if (damaged) {
      const aside = await setAside(this.#env, this.#path);
      this.#env.log.error('damaged state file set aside', { path: this.#path, aside });
    }
  }

  async #guard<R>(work: () => Promise<R>): Promise<R> {
    if (this.#condition === 'closed') throw new FsError('EIO', `state file ${this.#path} is closed`);
    try {
      return await work();
    } catch (error) {
      if (isDamage(error)) this.#condition = 'damaged';
      throw storageError(error, this.#path);
    }
  }
}
