/** Lets work on one key run one at a time, in the order asked; different keys do not wait for each other. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();

  /** Answers or rejects as the work does; the next one runs either way. Never ask for a key inside its own work. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }

  /** As `run`, for work that concerns several keys at once. */
  async runAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    // Always in one order: who has asked for the same keys otherwise would wait for us while we wait for them.
    const [first, ...rest] = [...new Set(keys)].sort();
    if (first === undefined) return await work();
    return await this.run(first, () => this.runAll(rest, work));
  }
}
