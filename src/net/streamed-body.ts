import { Readable } from 'node:stream';

/** A request body that is read while it is sent; knows whose turn it is when no byte moves. */
export class StreamedBody {
  readonly stream: Readable;
  #waiting = false;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.stream = Readable.from(this.#chunks(source));
  }

  /** True while the source has been asked for bytes and has not given them. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** True once the source has given all its bytes. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What the source failed with; null when it did not. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** The source is asked for nothing more. */
  abandon(): void {
    this.stream.destroy();
  }

  async *#chunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const chunks = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const step = await this.#next(chunks);
        if (step.done === true) {
          this.#ended = true;
          return;
        }
        yield step.value;
      }
    } finally {
      if (!this.#ended) await chunks.return?.();
    }
  }

  async #next(chunks: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
    this.#waiting = true;
    try {
      return await chunks.next();
    } catch (error) {
      this.#failure = { error };
      throw error;
    } finally {
      this.#waiting = false;
    }
  }
}
