/**
 * The names that a mount is changing itself. The kernel sees those changes as it asks for them: told to forget such
 * a name, it would take the directory away under programs that work in it.
 */
export class OwnChanges {
  readonly #paths = new Map<string, number>();

  /** Runs the work that changes what these paths mean. */
  async during<T>(paths: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const path of paths) this.#paths.set(path, (this.#paths.get(path) ?? 0) + 1);
    try {
      return await work();
    } finally {
      for (const path of paths) this.#end(path);
    }
  }

  /** Those of the paths that somebody else changed. */
  others(paths: readonly string[]): readonly string[] {
    return this.#paths.size === 0 ? paths : paths.filter((path) => !this.#paths.has(path));
  }

  #end(path: string): void {
    const left = (this.#paths.get(path) ?? 1) - 1;
    if (left > 0) this.#paths.set(path, left);
    else this.#paths.delete(path);
  }
}
