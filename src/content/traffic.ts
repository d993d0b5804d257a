/** Where the bytes of a read came from. */
export type ReadSource = 'memory' | 'disk' | 'cloud';

/** Counts the bytes that programs asked for and the bytes that were fetched for them. */
export class Traffic {
  readonly #whole: Traffic | null;
  #wanted = 0;
  #fetched = 0;
  readonly #reads: Record<ReadSource, number> = { memory: 0, disk: 0, cloud: 0 };

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

  /** A read is answered from there. */
  answer(source: ReadSource): void {
    this.#reads[source] += 1;
  }

  /** Reads by where their bytes came from. */
  get reads(): Readonly<Record<ReadSource, number>> {
    return { ...this.#reads };
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
