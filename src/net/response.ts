import { finished, type Readable } from 'node:stream';
import type { Response } from 'node-fetch';
import type { Clock } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { Connection } from './connection.js';
import { networkError, silence } from './network-error.js';
import type { ReplyHeaders, TransportResponse } from './http-message.js';

/** Up to here reading on is cheaper than a new connection. */
const WORTH_DRAINING = 64 * 1024;
const DRAIN_TIME = 1000;
const MOST_TEXT = 32 * 1024 * 1024;

export interface ResponseParts {
  readonly reply: Response;
  readonly stream: Readable;
  readonly url: string;
  readonly host: string;
  readonly connection: Connection;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly stall: number;
}

/** A reply whose headers are there and whose body is still on its way. */
export class HttpResponse implements TransportResponse {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly url: string;
  readonly body: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => this.#read() };
  readonly #parts: ResponseParts;
  #reading = false;
  #failure: { readonly error: unknown } | null = null;
  #discarded: Promise<void> | null = null;

  constructor(parts: ResponseParts) {
    const { headers } = parts.reply;
    this.status = parts.reply.status;
    this.url = parts.url;
    this.headers = {
      get: (name) => headers.get(name),
      getSetCookie: () => headers.raw()['set-cookie'] ?? [],
    };
    this.#parts = parts;
  }

  async text(limit = MOST_TEXT): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.body) {
      chunks.push(chunk.subarray(0, limit - length));
      length += chunk.length;
      if (length >= limit) break;
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  discard(): Promise<void> {
    this.#discarded ??= this.#release();
    return this.#discarded;
  }

  /** Destroys the connection; who waits for the body gets `error`. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#parts.connection.destroy();
    this.#parts.stream.destroy(error instanceof Error ? error : new Error('aborted'));
  }

  /** Calls back once, when nothing more can come. */
  whenOver(callback: () => void): void {
    finished(this.#parts.stream, { writable: false }, () => callback());
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    this.#reading = true;
    const chunks = this.#parts.stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    try {
      for (;;) {
        const step = await this.#next(chunks);
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      await this.discard();
    }
  }

  async #next(chunks: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
    const { clock, stall, host } = this.#parts;
    const timer = clock.after(stall, () => this.fail(silence(host, stall)));
    try {
      return await chunks.next();
    } catch (error) {
      this.fail(networkError(host, error));
      throw this.#failure?.error;
    } finally {
      timer.cancel();
    }
  }

  async #release(): Promise<void> {
    const { stream, connection } = this.#parts;
    if (!stream.readableEnded && !stream.destroyed) {
      if (this.#isWorthDraining()) await this.#drain();
      else this.fail(new FsError('EIO', 'the rest of the answer was discarded', { expected: true }));
    }
    await connection.released();
  }

  #isWorthDraining(): boolean {
    const length = this.headers.get('content-length');
    return !this.#reading && (length === null || Number(length) <= WORTH_DRAINING);
  }

  async #drain(): Promise<void> {
    const discarded = new FsError('EIO', 'the rest of the answer was discarded', { expected: true });
    const timer = this.#parts.clock.after(DRAIN_TIME, () => this.fail(discarded));
    let length = 0;
    try {
      for await (const chunk of this.#parts.stream as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        if (length > WORTH_DRAINING) this.fail(discarded);
      }
    } catch {
      // Nobody wants these bytes: a connection that breaks meanwhile is as good as one that is closed.
      this.#parts.connection.destroy();
    } finally {
      timer.cancel();
    }
  }
}
