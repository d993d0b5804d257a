import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KeyvSqlite } from '@keyv/sqlite';
import type { Keyv } from 'keyv';
import type { Clock } from '../lib/env.js';

/** Values by key, kept across restarts. Every method rejects with FsError (ENOSPC, EBUSY, EIO) and never in silence. */
export interface StateStore<T> {
  /** Undefined when nothing is stored or its time is over. */
  get(key: string): Promise<T | undefined>;
  /** In the order of the keys. */
  getMany(keys: readonly string[]): Promise<readonly (T | undefined)[]>;
  /** Resolves when a killed process would not lose it. `ttl` in milliseconds; without it the value stays. */
  set(key: string, value: T, ttl?: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** All that is stored, in one query. */
  entries(): Promise<ReadonlyMap<string, T>>;
  /** Forgets everything in this store, and nothing of another. */
  clear(): Promise<void>;
}

/** What lies in a row: our own time of expiry, because keyv would ask the system's clock. */
export interface StoredValue {
  readonly value: unknown;
  readonly expires?: number;
}

interface Row {
  readonly key: string;
  readonly value: string;
}

/** What a store needs of its database. `guard` turns every failure into an FsError. */
export interface StateStoreParts {
  readonly clock: Clock;
  readonly keyv: Keyv;
  readonly adapter: KeyvSqlite;
  guard<R>(work: () => Promise<R>): Promise<R>;
}

/** The adapter looks for each key through all rows found: larger requests would take quadratic time. */
const KEYS_PER_QUERY = 100;
const ROWS_PER_TURN = 1000;

/** One namespace of a database. */
export class KeyvStateStore<T> implements StateStore<T> {
  readonly #parts: StateStoreParts;
  readonly #prefix: string;
  readonly #end: string;

  constructor(parts: StateStoreParts, namespace: string) {
    this.#parts = parts;
    // The encoding leaves no colon, so that one namespace is never the beginning of another.
    this.#prefix = `${encodeURIComponent(namespace)}:`;
    this.#end = `${encodeURIComponent(namespace)};`;
  }

  async get(key: string): Promise<T | undefined> {
    const stored = await this.#parts.guard(() => this.#parts.keyv.get<StoredValue>(this.#prefix + key));
    return this.#live(stored);
  }

  async getMany(keys: readonly string[]): Promise<readonly (T | undefined)[]> {
    const found: (T | undefined)[] = [];
    for (let at = 0; at < keys.length; at += KEYS_PER_QUERY) {
      const some = keys.slice(at, at + KEYS_PER_QUERY).map((key) => this.#prefix + key);
      const stored = await this.#parts.guard(() => this.#parts.keyv.getMany<StoredValue>(some));
      for (const one of stored) found.push(this.#live(one));
    }
    return found;
  }

  async set(key: string, value: T, ttl?: number): Promise<void> {
    const stored: StoredValue =
      ttl === undefined ? { value } : { value, expires: this.#parts.clock.now() + ttl };
    await this.#parts.guard(() => this.#parts.keyv.set(this.#prefix + key, stored));
  }

  async delete(key: string): Promise<void> {
    await this.#parts.guard(() => this.#parts.keyv.delete(this.#prefix + key));
  }

  async entries(): Promise<ReadonlyMap<string, T>> {
    const select = 'SELECT key, value FROM keyv WHERE key >= ? AND key < ?';
    return await this.#parts.guard(async () => {
      const rows = (await this.#parts.adapter.query(select, [this.#prefix, this.#end])) as readonly Row[];
      return await this.#decode(rows);
    });
  }

  async clear(): Promise<void> {
    const remove = 'DELETE FROM keyv WHERE key >= ? AND key < ?';
    await this.#parts.guard(() => this.#parts.adapter.query(remove, [this.#prefix, this.#end]));
  }

  async #decode(rows: readonly Row[]): Promise<ReadonlyMap<string, T>> {
    const found = new Map<string, T>();
    const expired: string[] = [];
    for (const [index, row] of rows.entries()) {
      if (index % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
      const value = this.#live(JSON.parse(row.value) as StoredValue);
      if (value === undefined) expired.push(row.key);
      else found.set(row.key.slice(this.#prefix.length), value);
    }
    if (expired.length > 0) {
      const remove = 'DELETE FROM keyv WHERE key IN (SELECT value FROM json_each(?))';
      await this.#parts.adapter.query(remove, [JSON.stringify(expired)]);
    }
    return found;
  }

  #live(stored: StoredValue | undefined): T | undefined {
    if (stored === undefined) return undefined;
    if (stored.expires !== undefined && stored.expires <= this.#parts.clock.now()) return undefined;
    return stored.value as T;
  }
}
