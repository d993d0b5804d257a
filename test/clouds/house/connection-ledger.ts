/** One counted connection; closing it twice counts once. */
export interface CountedConnection {
  /** Open ones of the same key when this one came, itself included. */
  readonly open: number;
  close(): void;
}

export interface ConnectionFigures {
  readonly open: Readonly<Record<string, number>>;
  /** Most that were ever open at once, refused ones not counted. */
  readonly peak: Readonly<Record<string, number>>;
  /** The largest value of `peak`. */
  readonly highest: number;
  /** How often one more was asked for than the limit allows. */
  readonly refused: number;
}

/** Connections in use per key (a link, an account), from the request until the answer or the client ends. */
export class ConnectionLedger {
  readonly #open = new Map<string, number>();
  #peak = new Map<string, number>();
  #refused = 0;

  openOf(key: string): number {
    return this.#open.get(key) ?? 0;
  }

  /** Whether one more is above `limit` (null = none); if so the refusal is counted. */
  refuses(key: string, limit: number | null): boolean {
    const full = limit !== null && this.openOf(key) >= limit;
    if (full) this.#refused += 1;
    return full;
  }

  take(key: string): CountedConnection {
    const open = this.openOf(key) + 1;
    this.#open.set(key, open);
    this.#peak.set(key, Math.max(open, this.#peak.get(key) ?? 0));
    let closed = false;
    const close = (): void => {
      if (closed) return;
      closed = true;
      const left = this.openOf(key) - 1;
      if (left === 0) this.#open.delete(key);
      else this.#open.set(key, left);
    };
    return { open, close };
  }

  figures(): ConnectionFigures {
    return {
      open: Object.fromEntries(this.#open),
      peak: Object.fromEntries(this.#peak),
      highest: Math.max(0, ...this.#peak.values()),
      refused: this.#refused,
    };
  }

  /** Forgets peaks and refusals; what is open stays counted. */
  clear(): void {
    this.#peak = new Map(this.#open);
    this.#refused = 0;
  }
}
