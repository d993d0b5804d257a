import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import type { ByteRange } from '../lib/range.js';
import type { Demand, Download, RangeStream, Stage } from './download.js';
import type { Lane } from './lane.js';
import { Retries } from './retries.js';
import type { WaitingReads } from './waiting-reads.js';

/** Whose window a flight fills. */
export interface Passenger {
  /** For messages. */
  readonly name: string;
  readonly waiting: WaitingReads;
  /** What to ask for next; begins where the bytes received so far end. */
  nextRange(): ByteRange;
  /** Takes bytes in order. Resolves when more may come. */
  take(chunk: Uint8Array, signal: AbortSignal): Promise<void>;
  /** A request was answered to its end. */
  completed(): void;
  /** It is over and every connection is closed. */
  landed(): void;
}

/** The fetching of bytes for as long as somebody waits for them: one request after another, each on its lane. */
export class Flight {
  readonly #download: Download;
  readonly #passenger: Passenger;
  readonly #retries: Retries;
  readonly #abort = new AbortController();
  #stage: Stage = 'the download link';
  #stream: RangeStream | null = null;
  #done: Promise<void> = Promise.resolve();

  constructor(env: Env, download: Download, passenger: Passenger) {
    this.#download = download;
    this.#passenger = passenger;
    this.#retries = new Retries(env);
  }

  /** The lane of the stream that is open; null while there is none. */
  get lane(): Lane | null {
    return this.#stream?.lane ?? null;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Why no bytes come; null when nothing has gone wrong. */
  get trouble(): FsError | null {
    return this.#retries.trouble;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Ends it, whatever it is at. Resolves when it has landed. */
  async end(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { waiting } = this.#passenger;
    try {
      while (waiting.size > 0 && !signal.aborted) await this.#fetch();
    } catch (error) {
      // Who ends a flight has no use for its error.
      if (!signal.aborted) waiting.fail(toFsError(error));
    }
    this.#passenger.landed();
  }

  /** One request, as far as it gets. */
  async #fetch(): Promise<void> {
    const { signal } = this.#abort;
    const stream = await this.#download.connect(this.#demand(), this.#retries);
    this.#stream = stream;
    const outcome = await this.#receive(stream).then(
      (complete) => ({ complete, failure: null }),
      (error: unknown) => ({ complete: false, failure: { error } }),
    );
    this.#stream = null;
    await stream.close(outcome.complete);
    signal.throwIfAborted();
    if (outcome.complete) this.#passenger.completed();
    // What broke while nobody waited needs no second try.
    const { failure } = outcome;
    if (failure !== null && this.#passenger.waiting.size > 0)
      await this.#retries.failed(failure.error, signal);
  }

  /** True when every byte came, false when it was ended before. */
  async #receive({ body, range }: RangeStream): Promise<boolean> {
    const { signal } = this.#abort;
    const { name } = this.#passenger;
    let left = range.end - range.start;
    for await (const chunk of body) {
      if (signal.aborted) return false;
      left -= chunk.length;
      if (left < 0)
        throw new FsError('EIO', `${name}: more bytes came than were asked for`, { reason: 'reply' });
      this.#retries.progress();
      await this.#passenger.take(chunk, signal);
    }
    if (left > 0) throw new FsError('EIO', `${name}: the answer was too short`, { reason: 'network' });
    return true;
  }

  #demand(): Demand {
    const { waiting } = this.#passenger;
    return {
      call: {
        signal: this.#abort.signal,
        get urgency() {
          return waiting.urgency;
        },
      },
      range: () => this.#passenger.nextRange(),
      onTaken: () => this.#abort.abort(),
      onStage: (stage) => {
        this.#stage = stage;
      },
    };
  }
}
