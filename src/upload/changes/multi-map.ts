/** Values under keys, several under one. */
export class MultiMap<V> {
  readonly #values = new Map<string, Set<V>>();

  of(key: string): Iterable<V> {
    return this.#values.get(key) ?? [];
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  add(key: string, value: V): void {
    const values = this.#values.get(key) ?? new Set<V>();
    values.add(value);
    this.#values.set(key, values);
  }

  delete(key: string, value: V): void {
    const values = this.#values.get(key);
    values?.delete(value);
    if (values?.size === 0) this.#values.delete(key);
  }
}
