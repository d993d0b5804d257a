import { type Call, withSignal } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { type ByteRange, rangeLength } from '../lib/range.js';
import { type Demand, type Download, isStall, type RangeStream } from './download.js';
import { Retries } from './retries.js';

export interface ExactReadOptions {
  /** Milliseconds that it takes at most. */
  readonly readTimeout: number;
  /** Told of bytes that came. */
  readonly onFetched: (bytes: number) => void;
}

/** Fetches one range of a file and not a byte more: nothing is read ahead, and nothing is kept. */
export class ExactRead {
  readonly #env: Env;
  readonly #download: Download;
  readonly #options: ExactReadOptions;
  readonly #retries: Retries;

  constructor(env: Env, download: Download, options: ExactReadOptions) {
    this.#env = env;
    this.#download = download;
    this.#options = options;
    this.#retries = new Retries(env);
  }

  /** All bytes of the range. Rejects as OpenContent.read does; what breaks is resumed at its byte. */
  async run(range: ByteRange, call: Call): Promise<Uint8Array> {
    const ending = new AbortController();
    const timer = this.#env.clock.after(this.#options.readTimeout, () => ending.abort(this.#late()));
    const bytes = new Uint8Array(rangeLength(range));
    try {
      for (let done = 0; done < bytes.length;) {
        done += await this.#fetch(range, bytes, done, withSignal(call, ending.signal));
      }
      return bytes;
    } finally {
      timer.cancel();
    }
  }

  /** One request; answers how many bytes it brought. */
  async #fetch(range: ByteRange, bytes: Uint8Array, done: number, call: Call): Promise<number> {
    const taken = new AbortController();
    const demand: Demand = {
      call: withSignal(call, taken.signal),
      purpose: 'first byte',
      range: () => ({ start: range.start + done, end: range.end }),
      onTaken: () => taken.abort(),
      onStage: () => undefined,
    };
    let received = 0;
    try {
      const stream = await this.#download.connect(demand, this.#retries);
      if (stream === null) return 0;
      const trouble = await this.#receive(stream, (chunk) => {
        bytes.set(chunk, done + received);
        received += chunk.length;
      });
      call.signal.throwIfAborted();
      if (trouble !== null && !taken.signal.aborted) await this.#retries.failed(trouble, call.signal);
    } catch (error) {
      call.signal.throwIfAborted();
      // Somebody who is more urgent has its connection: it waits for another.
      if (!taken.signal.aborted) throw error;
    }
    return received;
  }

  /** What went wrong on the way; null when all came. */
  async #receive(stream: RangeStream, take: (chunk: Uint8Array) => void): Promise<unknown> {
    let left = rangeLength(stream.range);
    try {
      for await (const chunk of stream.body) {
        left -= chunk.length;
        this.#options.onFetched(chunk.length);
        this.#retries.progress();
        take(chunk);
        stream.lane.carry(chunk.length, left);
      }
    } catch (error) {
      await stream.close(isStall(error) ? 'stalled' : 'broken');
      return error;
    }
    await stream.close('complete');
    return null;
  }

  #late(): FsError {
    const trouble = this.#retries.trouble?.message ?? 'the cloud sends no bytes';
    return new FsError('ETIMEDOUT', trouble, { reason: 'network' });
  }
}
