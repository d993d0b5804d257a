import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { ByteRange } from '../lib/range.js';
import { Cursor, type CursorOrigin } from './cursor.js';
import type { FileContent } from './file-content.js';
import type { LinkOwner } from './link-cache.js';
import { Traffic, type TrafficStatus } from './traffic.js';
import { UNIT } from './unit-memory.js';

/** A file that is open for reading. */
export interface OpenContent {
  /**
   * The bytes from `position`, at most `length`; fewer only at the end of the file. May be called concurrently.
   * Rejects with FsError: ESTALE (the file was changed or removed in the cloud), ETIMEDOUT (no bytes within the read
   * timeout, whatever the cause), EACCES (refused for good, or the login is lost), EIO (the cloud answers wrongly
   * again and again), EBADF (closed); never because connections are busy. On abort with the signal's reason, at once.
   */
  read(position: number, length: number, call: Call): Promise<Uint8Array>;
  /**
   * The same without a copy: the bytes are right only in the turn of the event loop in which the promise resolves,
   * before any timer or input; then other bytes may stand there. Do not change them.
   */
  borrow(position: number, length: number, call: Call): Promise<Uint8Array>;
  /** Ends what is under way; a second time has no effect. */
  close(): void;
}

export interface RangeReaderParts {
  readonly owner: LinkOwner;
  /** Shared by all who have the file open. */
  readonly file: FileContent;
  /** Where the bytes of all files are counted. */
  readonly traffic: Traffic;
}

export interface RangeReaderOptions {
  /** Milliseconds that a read waits at most. */
  readonly readTimeout: number;
  /** Told once. */
  readonly onClose: () => void;
}

const LARGEST_PIECE = 32 * UNIT;
/** Places that nobody waits at, besides the one that is read. */
const IDLE_CURSORS = 2;
/** So many places in a row that were read once: the next will be as well. */
const SCATTERED = 2;

/** One open of a file: finds the places at which it is read. */
export class RangeReader implements OpenContent {
  readonly #env: Env;
  readonly #parts: RangeReaderParts;
  readonly #options: RangeReaderOptions;
  readonly #traffic: Traffic;
  /** The least recently used first. */
  readonly #cursors = new Set<Cursor>();
  #jumps = 0;
  #closed = false;

  constructor(env: Env, parts: RangeReaderParts, options: RangeReaderOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
    this.#traffic = new Traffic(parts.traffic);
  }

  async read(position: number, length: number, call: Call): Promise<Uint8Array> {
    return (await this.borrow(position, length, call)).slice();
  }

  async borrow(position: number, length: number, call: Call): Promise<Uint8Array> {
    const { file } = this.#parts.owner;
    call.signal.throwIfAborted();
    if (this.#closed) throw new FsError('EBADF', `${file.name} is closed`);
    const end = Math.min(position + length, file.size);
    if (position >= end) return new Uint8Array(0);
    this.#traffic.want(end - position);
    const deadline = this.#env.clock.monotonic() + this.#options.readTimeout;
    if (end - position <= LARGEST_PIECE)
      return await this.#readPiece({ start: position, end }, call, deadline);
    const bytes = new Uint8Array(end - position);
    for (let start = position; start < end; start += LARGEST_PIECE) {
      const piece = { start, end: Math.min(end, start + LARGEST_PIECE) };
      bytes.set(await this.#readPiece(piece, call, deadline), start - position);
    }
    return bytes;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.file.leave(this.#cursors);
    this.#cursors.clear();
    this.#options.onClose();
  }

  status(): OpenFileStatus {
    const { account, file } = this.#parts.owner;
    const cursors = [...this.#cursors].map((cursor) => ({
      position: cursor.position,
      window: cursor.request,
      ...this.#parts.file.statusOf(cursor),
    }));
    const sum = (pick: (cursor: CursorStatus) => number): number =>
      cursors.reduce((total, cursor) => total + pick(cursor), 0);
    return {
      account,
      id: file.id,
      name: file.name,
      size: file.size,
      position: cursors.at(-1)?.position ?? 0,
      cursors: cursors.length,
      places: cursors,
      lanes: sum(({ lanes }) => lanes),
      waiting: sum(({ waiting }) => waiting),
      ...this.#traffic.status(),
    };
  }

  #readPiece(piece: ByteRange, call: Call, deadline: number): Promise<Uint8Array> {
    const { file, owner } = this.#parts;
    if (this.#closed) throw new FsError('EBADF', `${owner.file.name}: closed while it was read`);
    const cursor = this.#find(piece) ?? this.#begin(piece);
    this.#cursors.delete(cursor);
    this.#cursors.add(cursor);
    return file.read(piece, cursor, call, deadline);
  }

  #find(piece: ByteRange): Cursor | null {
    const near = [...this.#cursors].filter((cursor) => cursor.follows(piece));
    const [nearest] = near.sort((a, b) => a.distance(piece) - b.distance(piece));
    return nearest ?? null;
  }

  #begin(piece: ByteRange): Cursor {
    const origin = this.#origin();
    this.#jumps = origin === 'sequential' ? 0 : this.#jumps + 1;
    this.#prune();
    const { file } = this.#parts;
    return new Cursor(
      {
        clock: this.#env.clock,
        traffic: this.#traffic,
        onRest: (cursor) => file.rest(cursor),
        onIdle: (cursor) => file.hangUp(cursor),
        onForgotten: (cursor) => file.forget(cursor),
      },
      piece.start,
      origin,
    );
  }

  #origin(): CursorOrigin {
    const last = [...this.#cursors].at(-1);
    if (last?.sequential === true) return 'sequential';
    return this.#jumps > SCATTERED ? 'scattered' : 'first';
  }

  /** The reader has jumped: places that nobody waits at give their connections to others, and only few are kept. */
  #prune(): void {
    const { file } = this.#parts;
    const idle = [...this.#cursors].filter((cursor) => file.statusOf(cursor).waiting === 0);
    for (const cursor of idle) cursor.rest();
    const dropped = new Set(idle.slice(0, Math.max(0, idle.length - IDLE_CURSORS)));
    for (const cursor of dropped) this.#cursors.delete(cursor);
    file.leave(dropped);
  }
}

/** One place at which a file is read. */
export interface CursorStatus {
  /** The end of the furthest read there. */
  readonly position: number;
  /** Bytes that are asked for at once. */
  readonly window: number;
  /** Connections that carry bytes for it now. */
  readonly lanes: number;
  /** Reads that wait for their bytes. */
  readonly waiting: number;
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
  /** The least recently read first. */
  readonly places: readonly CursorStatus[];
  /** Connections that carry bytes for it now. */
  readonly lanes: number;
  /** Reads that wait for their bytes. */
  readonly waiting: number;
}
