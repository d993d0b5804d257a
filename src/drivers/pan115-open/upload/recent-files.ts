const KEPT = 1000;

/** Files that uploads of this account have made lately: they belong to somebody, whatever else is looked for. */
export class RecentFiles {
  readonly #ids = new Set<string>();

  add(id: string): void {
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= KEPT) return;
      this.#ids.delete(oldest);
    }
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}
