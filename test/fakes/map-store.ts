import type { StateStore } from '../../src/store/state-store.js';

/** A store in memory. What is kept is a copy, as on disk. */
export class MapStore<T> implements StateStore<T> {
  readonly #rows = new Map<string, string>();

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): Promise<T | undefined> {
    return Promise.resolve(this.#read(key));
  }

  getMany(keys: readonly string[]): Promise<readonly (T | undefined)[]> {
    return Promise.resolve(keys.map((key) => this.#read(key)));
  }

  set(key: string, value: T): Promise<void> {
    this.#rows.set(key, JSON.stringify(value));
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.#rows.delete(key);
    return Promise.resolve();
  }

  entries(): Promise<ReadonlyMap<string, T>> {
    return Promise.resolve(new Map([...this.#rows].map(([key, text]) => [key, JSON.parse(text) as T])));
  }

  clear(): Promise<void> {
    this.#rows.clear();
    return Promise.resolve();
  }

  #read(key: string): T | undefined {
    const text = this.#rows.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }
}
