/** Something that holds bytes only because they may be useful. */
export interface MemoryHolder {
  /** Lets go of what nobody waits for, and tells the budget what it holds now. */
  shed(): void;
}

/** Bounds the bytes that all readers keep in memory together: the least recently used lose theirs first. */
export class MemoryBudget {
  readonly #limit: number;
  /** The least recently used first. */
  readonly #holders = new Map<MemoryHolder, number>();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** While true nothing may be fetched that nobody waits for. */
  get full(): boolean {
    return this.#used >= this.#limit;
  }

  /** The holder is in use: others are asked to shed before it. */
  touch(holder: MemoryHolder): void {
    const bytes = this.#holders.get(holder);
    if (bytes === undefined) return;
    this.#holders.delete(holder);
    this.#holders.set(holder, bytes);
  }

  /** Says how many bytes the holder has now; others shed theirs when that is too much for all. */
  hold(holder: MemoryHolder, bytes: number): void {
    const before = this.#holders.get(holder) ?? 0;
    this.#used += bytes - before;
    if (bytes === 0) this.#holders.delete(holder);
    else this.#holders.set(holder, bytes);
    if (bytes > before && this.#used > this.#limit) this.#reclaim(holder);
  }

  status(): MemoryStatus {
    return { used: this.#used, limit: this.#limit };
  }

  #reclaim(asking: MemoryHolder): void {
    for (const holder of [...this.#holders.keys()]) {
      if (this.#used <= this.#limit) return;
      if (holder !== asking) holder.shed();
    }
  }
}

/** Bytes. */
export interface MemoryStatus {
  readonly used: number;
  readonly limit: number;
}
