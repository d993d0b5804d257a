import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { formatDuration } from '../lib/quantity.js';
import type { ByteRange } from '../lib/range.js';
import type { Download } from './download.js';
import { Flight } from './flight.js';
import { IdleWatch } from './idle-watch.js';
import type { Lane } from './lane.js';
import type { MemoryBudget, MemoryHolder } from './memory-budget.js';
import type { Traffic } from './traffic.js';
import { type Leaving, WaitingReads } from './waiting-reads.js';
import { Window } from './window.js';

const MIB = 1024 * 1024;
const LONGEST_REQUEST = 8 * MIB;
const GROWTH = 4;
/** Fetched ahead of what was read while the connection is there anyway. */
const AHEAD = 4 * MIB;
/** Kept behind what was read: the kernel asks out of order inside its read-ahead. */
const BEHIND = 2 * MIB;
/** Reading over a gap is cheaper than another request: where a reader goes forward a large one, else a small one. */
const SKIP_IN_ORDER = MIB;
const SKIP = MIB / 4;
/** A program needs this long between two reads; its lane is not taken in between. */
const BREATH = 20;
const STREAM_IDLE = 5000;
/** The same when the program that read was killed. */
const STREAM_ABANDONED = 900;
const WINDOW_IDLE = 60_000;

export interface CursorParts {
  readonly name: string;
  readonly download: Download;
  readonly memory: MemoryBudget;
  readonly traffic: Traffic;
  /** The position after `from` at which a request should end because the bytes there are had otherwise. */
  stop(from: number): number;
}

export interface CursorOptions {
  readonly start: number;
  /** Bytes of the first request, unless more are asked for. */
  readonly firstRequest: number;
  /** Milliseconds; only for the message when it has passed. */
  readonly readTimeout: number;
}

/** One place at which a file is read: a window of bytes and at most one stream that extends it. */
export class Cursor implements MemoryHolder {
  readonly #env: Env;
  readonly #parts: CursorParts;
  readonly #options: CursorOptions;
  readonly #window: Window;
  readonly #waiting: WaitingReads;
  readonly #idle: IdleWatch;
  #flight: Flight | null = null;
  #wake: (() => void) | null = null;
  /** The end of the furthest read. */
  #position: number;
  #nextRequest: number;
  #fetchedInRow = 0;
  #closed = false;

  constructor(env: Env, parts: CursorParts, options: CursorOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
    this.#window = new Window(options.start);
    this.#position = options.start;
    this.#nextRequest = options.firstRequest;
    this.#idle = new IdleWatch(env.clock);
    this.#waiting = new WaitingReads({
      clock: env.clock,
      timeout: () => this.#timeout(),
      onEmpty: (leaving) => this.#unattended(leaving),
    });
  }

  /** The first position whose byte is here or on its way. */
  get start(): number {
    return this.#window.start;
  }

  /** The end of the furthest read. */
  get position(): number {
    return this.#position;
  }

  /** True while no read waits. */
  get idle(): boolean {
    return this.#waiting.size === 0;
  }

  /** 1 while it holds a lane, else 0. */
  get lanes(): number {
    return this.#lane === null ? 0 : 1;
  }

  /** Bytes that came one after another so far: how sequential its reader is. */
  get run(): number {
    return this.#fetchedInRow;
  }

  has(position: number): boolean {
    return this.#window.has(position);
  }

  /** How far its stream would have to run to reach the position; Infinity when that is not worth while. */
  distance(position: number): number {
    if (position < this.#window.end) return Infinity;
    // What others wait for is fetched anyway.
    const gap = Math.max(0, position - Math.max(this.#window.end, this.#waiting.end));
    const inOrder = this.#flight !== null || this.#fetchedInRow >= SKIP_IN_ORDER;
    return gap <= (inOrder ? SKIP_IN_ORDER : SKIP) ? gap : Infinity;
  }

  /** Begins earlier, while nothing has been asked for yet; false when it is too late or too far. */
  beginAt(position: number): boolean {
    const pending = this.#flight !== null && this.#flight.stage !== 'the cloud' && this.#window.length === 0;
    const gap = this.#window.start - position;
    if (!pending || gap < 0 || gap > SKIP) return false;
    this.#window.restart(position);
    return true;
  }

  /**
   * The bytes of a range that begins where `has`, `distance` or `beginAt` allow. Rejects with FsError as
   * Download.connect does, ETIMEDOUT at the deadline (of Clock.monotonic), EBADF when the file is closed
   * meanwhile, or with the abort's reason.
   */
  read(range: ByteRange, call: Call, deadline: number): Promise<Uint8Array> {
    this.#position = Math.max(this.#position, range.end);
    this.#parts.memory.touch(this);
    if (this.#window.covers(range)) return Promise.resolve(this.#take(range));
    this.#attend();
    const bytes = this.#waiting.add(range, call, deadline);
    if (this.#flight === null) this.#start();
    else this.#wake?.();
    return bytes;
  }

  /** Its reader went elsewhere: whoever waits may have its lane. */
  rest(): void {
    if (this.idle) this.#lane?.rest();
  }

  shed(): void {
    const unread = this.#flight === null ? this.#window.end : this.#position;
    this.#window.dropBefore(Math.min(this.#waiting.start, unread));
    this.#account();
  }

  /** Reads that wait are rejected with EBADF. Resolves when its connection is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    const landed = this.#flight?.end();
    this.#waiting.fail(new FsError('EBADF', `${this.#parts.name}: closed while it was read`));
    this.#idle.stop();
    this.#window.restart(this.#window.end);
    this.#account();
    await landed;
  }

  get #lane(): Lane | null {
    return this.#flight?.lane ?? null;
  }

  #take(range: ByteRange): Uint8Array {
    const bytes = this.#window.copy(range);
    this.#trim();
    if (this.idle) this.#unattended('answered');
    this.#wake?.();
    return bytes;
  }

  #attend(): void {
    this.#idle.stop();
    this.#lane?.resume();
  }

  #unattended(leaving: Leaving): void {
    if (this.#closed) return;
    if (this.#lane === null && leaving === 'given up') this.#hangUp();
    this.#lane?.resume();
    this.#idle.start([
      { after: BREATH, action: () => this.rest() },
      { after: leaving === 'answered' ? STREAM_IDLE : STREAM_ABANDONED, action: () => this.#hangUp() },
      { after: WINDOW_IDLE, action: () => this.#forget() },
    ]);
  }

  #hangUp(): void {
    void this.#flight?.end();
  }

  #forget(): void {
    this.#window.restart(this.#window.end);
    this.#account();
  }

  #start(): void {
    this.#flight = new Flight(this.#env, this.#parts.download, {
      name: this.#parts.name,
      waiting: this.#waiting,
      nextRange: () => this.#nextRange(),
      take: (chunk, signal) => this.#receive(chunk, signal),
      completed: () => {
        this.#nextRequest = Math.min(LONGEST_REQUEST, this.#nextRequest * GROWTH);
      },
      landed: () => this.#landed(),
    });
    this.#flight.start();
  }

  #landed(): void {
    this.#flight = null;
    // Who came while the connection was being closed.
    if (this.#waiting.size > 0) this.#start();
  }

  #nextRange(): ByteRange {
    const start = this.#window.end;
    const wanted = Math.min(this.#waiting.end, start + LONGEST_REQUEST);
    const end = Math.max(wanted, Math.min(start + this.#nextRequest, this.#parts.stop(start)));
    return { start, end };
  }

  async #receive(chunk: Uint8Array, signal: AbortSignal): Promise<void> {
    this.#window.append(chunk);
    this.#fetchedInRow += chunk.length;
    this.#parts.traffic.fetch(chunk.length);
    this.#account();
    this.#waiting.serve(this.#window);
    this.#trim();
    await this.#room(signal);
  }

  /** Resolves when more bytes should come, or none any more. */
  async #room(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#waiting.size === 0 && this.#isAheadEnough()) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          this.#wake = null;
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  #isAheadEnough(): boolean {
    return this.#parts.memory.full || this.#window.end - this.#position >= AHEAD;
  }

  #trim(): void {
    this.#window.dropBefore(Math.min(this.#waiting.start, this.#position - BEHIND));
    this.#account();
  }

  #account(): void {
    this.#parts.memory.hold(this, this.#window.length);
  }

  #timeout(): FsError {
    const { readTimeout } = this.#options;
    const stage = this.#flight?.stage ?? 'the cloud';
    const trouble = this.#flight?.trouble ?? null;
    const why = trouble === null ? '' : `; ${trouble.message}`;
    return new FsError(
      'ETIMEDOUT',
      `${this.#parts.name}: waited ${formatDuration(readTimeout)} for ${stage}${why}`,
      trouble === null ? {} : { cause: trouble, reason: trouble.reason },
    );
  }
}
