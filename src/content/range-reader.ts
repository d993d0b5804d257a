import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { type ByteRange, rangeLength } from '../lib/range.js';
import { Cursor } from './cursor.js';
import type { Download } from './download.js';
import type { LinkOwner } from './link-cache.js';
import type { MemoryBudget } from './memory-budget.js';
import { Traffic, type TrafficStatus } from './traffic.js';

/** A file that is open for reading. */
export interface OpenContent {
  /**
   * The bytes from `position`, at most `length`; fewer only at the end of the file. May be called concurrently.
   * Rejects with FsError: ESTALE (the file was changed or removed in the cloud), ETIMEDOUT (no bytes within
   * the read timeout, whatever the cause), EACCES (refused for good, or the login is lost), EIO (the cloud
   * answers wrongly again and again), EBADF (closed); never because connections are busy. On abort with the
   * signal's reason, at once.
   */
  read(position: number, length: number, call: Call): Promise<Uint8Array>;
  /** Ends what is under way; a second time has no effect. */
  close(): void;
}

export interface RangeReaderParts {
  readonly owner: LinkOwner;
  readonly download: Download;
  readonly memory: MemoryBudget;
  /** Where the bytes of all files are counted. */
  readonly traffic: Traffic;
}

export interface RangeReaderOptions {
  /** Milliseconds that a read waits at most. */
  readonly readTimeout: number;
  /** Told once, with the end of the last connection. */
  readonly onClose: (closed: Promise<unknown>) => void;
}

const UNIT = 128 * 1024;
/** The kernel reads up to this much further than the program. */
const READ_AHEAD = UNIT;
/** From here on a reader counts as sequential, and its first request after a jump is a large one. */
const SEQUENTIAL_RUN = 8 * UNIT;
const FIRST_SEQUENTIAL = 9 * UNIT;
const LARGEST_PIECE = 32 * UNIT;
const IDLE_CURSORS = 2;

/** Reads one file: each place that is read has a cursor, and reads close to each other share one. */
export class RangeReader implements OpenContent {
  readonly #env: Env;
  readonly #parts: RangeReaderParts;
  readonly #options: RangeReaderOptions;
  readonly #traffic: Traffic;
  /** The least recently used first. */
  readonly #cursors = new Set<Cursor>();
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(env: Env, parts: RangeReaderParts, options: RangeReaderOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
    this.#traffic = new Traffic(parts.traffic);
  }

  async read(position: number, length: number, call: Call): Promise<Uint8Array> {
    const { file } = this.#parts.owner;
    call.signal.throwIfAborted();
    if (this.#closed) throw new FsError('EBADF', `${file.name} is closed`);
    const end = Math.min(position + length, file.size);
    if (position >= end) return new Uint8Array(0);
    this.#traffic.want(end - position);
    const deadline = this.#env.clock.monotonic() + this.#options.readTimeout;
    const pieces: Uint8Array[] = [];
    for (let at = position; at < end;) {
      const piece = { start: at, end: Math.min(end, at + LARGEST_PIECE, this.#stop(at)) };
      pieces.push(await this.#readPiece(piece, call, deadline));
      at = piece.end;
    }
    return joined(pieces);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const cursor of this.#cursors) this.#drop(cursor);
    this.#options.onClose(Promise.all(this.#closing));
  }

  status(): OpenFileStatus {
    const { account, file } = this.#parts.owner;
    const cursors = [...this.#cursors];
    return {
      account,
      id: file.id,
      name: file.name,
      size: file.size,
      position: cursors.at(-1)?.position ?? 0,
      cursors: cursors.length,
      lanes: cursors.reduce((sum, cursor) => sum + cursor.lanes, 0),
      ...this.#traffic.status(),
    };
  }

  #readPiece(piece: ByteRange, call: Call, deadline: number): Promise<Uint8Array> {
    if (this.#closed) throw new FsError('EBADF', `${this.#parts.owner.file.name}: closed while it was read`);
    const cursor = this.#find(piece.start) ?? this.#begin(piece);
    this.#cursors.delete(cursor);
    this.#cursors.add(cursor);
    return cursor.read(piece, call, deadline);
  }

  #find(position: number): Cursor | null {
    const cursors = [...this.#cursors];
    const holder = cursors.find((cursor) => cursor.has(position));
    if (holder !== undefined) return holder;
    const near = cursors.filter((cursor) => cursor.distance(position) < Infinity);
    const [nearest] = near.sort((a, b) => a.distance(position) - b.distance(position));
    return nearest ?? cursors.find((cursor) => cursor.beginAt(position)) ?? null;
  }

  #begin(piece: ByteRange): Cursor {
    const last = [...this.#cursors].at(-1);
    const wasSequential = last !== undefined && last.run >= SEQUENTIAL_RUN;
    this.#prune();
    const { download, memory, owner } = this.#parts;
    const cursor = new Cursor(
      this.#env,
      {
        name: owner.file.name,
        download,
        memory,
        traffic: this.#traffic,
        stop: (from) => this.#stop(from),
      },
      {
        start: piece.start,
        firstRequest: wasSequential
          ? FIRST_SEQUENTIAL
          : Math.ceil(rangeLength(piece) / UNIT) * UNIT + READ_AHEAD,
        readTimeout: this.#options.readTimeout,
      },
    );
    return cursor;
  }

  /** The reader has jumped: cursors that nobody reads from give their lanes to others, and only few are kept. */
  #prune(): void {
    const idle = [...this.#cursors].filter((cursor) => cursor.idle);
    for (const cursor of idle) cursor.rest();
    for (const cursor of idle.slice(0, Math.max(0, idle.length - IDLE_CURSORS))) this.#drop(cursor);
  }

  #drop(cursor: Cursor): void {
    this.#cursors.delete(cursor);
    const closing = cursor.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Where the bytes of the next cursor begin, or the file ends. */
  #stop(from: number): number {
    const starts = [...this.#cursors].map((cursor) => cursor.start).filter((start) => start > from);
    return Math.min(this.#parts.owner.file.size, ...starts);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** A file that is open. Wanted and fetched in bytes. */
export interface OpenFileStatus extends TrafficStatus {
  readonly account: string;
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** The end of the furthest read at the place that was read last. */
  readonly position: number;
  readonly cursors: number;
  /** Connections that carry bytes for it now. */
  readonly lanes: number;
}
