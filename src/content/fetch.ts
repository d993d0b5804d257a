import { type Call } from '../lib/call.js';
import type { Clock, Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import { type ByteRange, rangeLength } from '../lib/range.js';
import type { Cursor } from './cursor.js';
import { type Demand, type Download, isStall, type RangeStream, type Stage } from './download.js';
import type { Lane, Purpose } from './lane.js';
import { Retries } from './retries.js';
import { StreamWatch } from './stream-watch.js';

/** What nobody waits for may take this long to come to an end, in milliseconds. */
const LAST_BYTES = 250;

/** For whom a fetch gets its bytes. */
export interface FetchHost {
  readonly name: string;
  /** Bytes: while others wait for connections a request is a turn. */
  readonly longestRequest: number;
  purposeOf(fetch: Fetch): Purpose;
  urgencyOf(fetch: Fetch): Call['urgency'];
  /** Bytes from `start` up to its position. */
  take(fetch: Fetch, start: number, bytes: Uint8Array): void;
  /** Null when more bytes may come at once; else resolves when they may. */
  pause(fetch: Fetch, signal: AbortSignal): Promise<void> | null;
  /** Why its bytes will not come; whoever waits for them is told. */
  failed(fetch: Fetch, error: FsError): void;
  /** It is over and its connection is closed. */
  ended(fetch: Fetch): void;
}

/** How a stream ended. */
type Outcome =
  | { readonly ending: 'complete' | 'broken' }
  | { readonly ending: 'broken' | 'stalled'; readonly error: FsError };

/** One run of bytes of a file on one connection; what breaks is resumed at its byte while somebody waits. */
export class Fetch {
  /** The place for which it was begun; null when it was begun for what may be read there soon. */
  readonly cursor: Cursor | null;
  readonly #clock: Clock;
  readonly #host: FetchHost;
  readonly #download: Download;
  readonly #retries: Retries;
  readonly #abort = new AbortController();
  #position: number;
  #end: number;
  #stage: Stage = 'the download link';
  #stream: RangeStream | null = null;
  #awaited = false;
  #ending = false;
  #done: Promise<void> = Promise.resolve();

  constructor(env: Env, host: FetchHost, download: Download, range: ByteRange, cursor: Cursor | null) {
    this.#clock = env.clock;
    this.#host = host;
    this.#download = download;
    this.#retries = new Retries(env);
    this.#position = range.start;
    this.#end = range.end;
    this.cursor = cursor;
  }

  /** The bytes that it will still bring. */
  get range(): ByteRange {
    return { start: this.#position, end: this.#end };
  }

  /** The position of the next byte. */
  get position(): number {
    return this.#position;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Why no bytes come; null when nothing has gone wrong. */
  get trouble(): FsError | null {
    return this.#retries.trouble;
  }

  /** Whether it is bringing bytes. */
  get isStreaming(): boolean {
    return this.#stream !== null;
  }

  /** Whether somebody has waited for its bytes. */
  get isAwaited(): boolean {
    return this.#awaited;
  }

  /** Somebody waits for its bytes: its connection is not free for others. */
  await(): void {
    this.#awaited = true;
    this.lane?.resume();
  }

  get lane(): Lane | null {
    return this.#stream?.lane ?? null;
  }

  /** Whether it brings nothing any more but the last bytes that `endAt` left it. */
  get isEnding(): boolean {
    return this.#ending || this.#abort.signal.aborted;
  }

  /** Takes over bytes around its own; false when its request has gone out already. */
  widen({ start, end }: ByteRange): boolean {
    if (this.#stage === 'the cloud' || this.isEnding) return false;
    this.#position = Math.min(this.#position, start);
    this.#end = Math.max(this.#end, end);
    return true;
  }

  /** The bytes from here on are fetched by another. */
  cutAt(end: number): void {
    this.#end = Math.max(this.#position, Math.min(this.#end, end));
  }

  start(): void {
    this.#done = this.#run();
  }

  /**
   * Ends it after the bytes before `end` when they are on their way and come soon, else at once. Resolves when its
   * connection is closed.
   */
  async endAt(end: number): Promise<void> {
    if (this.#stream === null || end <= this.#position) this.#abort.abort();
    this.#ending = true;
    this.cutAt(end);
    const timer = this.#clock.after(LAST_BYTES, () => this.#abort.abort());
    await this.#done;
    timer.cancel();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    try {
      while (this.#position < this.#end && !signal.aborted) {
        if (!(await this.#fetch())) break;
      }
    } catch (error) {
      // Who ends a fetch has no use for its error.
      if (!signal.aborted) this.#host.failed(this, toFsError(error));
    }
    this.#host.ended(this);
  }

  /** One request, as far as it gets. False when nobody would wait for another. */
  async #fetch(): Promise<boolean> {
    const { signal } = this.#abort;
    const stream = await this.#download.connect(this.#demand(), this.#retries);
    if (stream === null) return false;
    this.#stream = stream;
    if (this.#host.purposeOf(this) === 'ahead') stream.lane.rest();
    const outcome = await this.#receive(stream);
    this.#stream = null;
    await stream.close(outcome.ending);
    signal.throwIfAborted();
    if (!('error' in outcome)) return true;
    if (this.#host.purposeOf(this) === 'ahead') return false;
    await this.#retries.failed(outcome.error, signal);
    return true;
  }

  async #receive(stream: RangeStream): Promise<Outcome> {
    try {
      const left = await this.#readBody(stream);
      return { ending: left === 0 ? 'complete' : 'broken' };
    } catch (thrown) {
      const error = toFsError(thrown);
      return { ending: isStall(error) ? 'stalled' : 'broken', error };
    }
  }

  /** How many bytes of the request did not come because nobody wants them any more. */
  async #readBody({ body, range, lane }: RangeStream): Promise<number> {
    const { signal } = this.#abort;
    const watch = new StreamWatch(this.#clock);
    let left = rangeLength(range);
    for await (const chunk of body) {
      watch.came(chunk.length);
      if (signal.aborted) return left;
      left -= chunk.length;
      if (left < 0)
        throw new FsError('EIO', `${this.#host.name}: more bytes came than were asked for`, {
          reason: 'reply',
        });
      this.#retries.progress();
      this.#take(chunk);
      lane.carry(chunk.length, left);
      // An answer that is read to its end leaves its connection for the next request.
      if (left > 0 && this.#position >= this.#end) return left;
      const pause = this.#host.pause(this, signal);
      await (pause ?? undefined);
      watch.asks(pause !== null);
    }
    watch.tell(this.#download.pace);
    if (left === 0) return 0;
    throw new FsError('EIO', `${this.#host.name}: the answer was too short`, { reason: 'network' });
  }

  #take(chunk: Uint8Array): void {
    const wanted = chunk.subarray(0, this.#end - this.#position);
    const start = this.#position;
    // First: what is at the position stays in memory.
    this.#position += wanted.length;
    this.#host.take(this, start, wanted);
  }

  #demand(): Demand {
    const host = this.#host;
    const purpose = (): Purpose => host.purposeOf(this);
    const urgency = (): Call['urgency'] => host.urgencyOf(this);
    return {
      call: {
        signal: this.#abort.signal,
        get urgency() {
          return urgency();
        },
      },
      get purpose() {
        return purpose();
      },
      range: () => ({
        start: this.#position,
        end: Math.min(this.#end, this.#position + host.longestRequest),
      }),
      onTaken: () => this.#abort.abort(),
      onStage: (stage) => {
        this.#stage = stage;
      },
    };
  }
}
