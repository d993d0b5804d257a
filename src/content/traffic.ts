/** Counts the bytes that programs asked for and the bytes that were fetched for them. */
export class Traffic {
  readonly #whole: Traffic | null;
  #wanted = 0;
  #fetched = 0;

  /** What is counted here is counted in `whole` too. */
  constructor(whole: Traffic | null = null) {
    this.#whole = whole;
  }

  want(bytes: number): void {
    this.#wanted += bytes;
    this.#whole?.want(bytes);
  }

  fetch(bytes: number): void {
    this.#fetched += bytes;
    this.#whole?.fetch(bytes);
  }

  status(): TrafficStatus {
    return { wanted: this.#wanted, fetched: this.#fetched };
  }
}

/** Bytes. Fetched over wanted is the amplification. */
export interface TrafficStatus {
  readonly wanted: number;
  readonly fetched: number;
}
