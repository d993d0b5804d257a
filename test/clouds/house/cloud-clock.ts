/** The cloud's own time: the real one plus a shift, so that a test can let tokens and links grow old at once. */
export class CloudClock {
  #shift = 0;

  /** Milliseconds since the epoch, as the cloud believes. */
  now(): number {
    return Date.now() + this.#shift;
  }

  /** Unix seconds, the only unit on the wire of 115 (API document, 2). */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  /** How far ahead of the real time the cloud lives, in milliseconds. */
  get shift(): number {
    return this.#shift;
  }

  /** Moves the cloud's time by `ms`, also backwards. Delays and bandwidth stay in real time. */
  advance(ms: number): void {
    this.#shift += ms;
  }

  /** Sets the whole shift, as a saved state does. */
  restore(shift: number): void {
    this.#shift = shift;
  }
}
