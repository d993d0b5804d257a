import type { Clock } from '../lib/env.js';
import { type ByteRange, rangeLength } from '../lib/range.js';
import { IdleWatch } from './idle-watch.js';
import type { Traffic } from './traffic.js';
import { UNIT } from './unit-memory.js';

const MIB = 1024 * 1024;
/** The kernel reads up to this much further than the program. */
const READ_AHEAD = UNIT;
const FIRST_SEQUENTIAL = 9 * UNIT;
/** From here on bytes are fetched before somebody asks for them. */
const ESTABLISHED = 14 * UNIT;
const LONGEST_REQUEST = 32 * MIB;
/** A guess costs as much as it is long, until its reader has proved that it reads in order. */
const GROWTH = 2;
const ESTABLISHED_GROWTH = 4;
/** The kernel asks out of order inside its read-ahead. */
const BEHIND = 2 * MIB;
const SKIP_IN_ORDER = MIB;
const SKIP = 4 * UNIT;
/** A program needs this long between two reads; its connection is not taken in between. */
const BREATH = 40;
const STREAM_IDLE = 5000;
/** The same when the program that read was killed. */
const STREAM_ABANDONED = 900;
const PLACE_IDLE = 60_000;

/**
 * What was read before at another place: nothing (first), a run in order (sequential), or here and there
 * (scattered).
 */
export type CursorOrigin = 'first' | 'sequential' | 'scattered';

export interface CursorParts {
  readonly clock: Clock;
  /** Where its bytes are counted. */
  readonly traffic: Traffic;
  /** Nothing has been read for a moment. */
  onRest(cursor: Cursor): void;
  /** Nothing has been read for so long that what is fetched for it should end. */
  onIdle(cursor: Cursor): void;
  /** Nothing has been read for so long that nothing of it is worth keeping. */
  onForgotten(cursor: Cursor): void;
}

/** One place at which a file is read: how far, and how much is worth asking for next. */
export class Cursor {
  readonly origin: CursorOrigin;
  readonly traffic: Traffic;
  readonly #parts: CursorParts;
  readonly #idle: IdleWatch;
  readonly #start: number;
  #position: number;
  #before: number;
  #run: number;
  /** Bytes read here, whatever was read before elsewhere. */
  #read = 0;
  #request = 0;
  #grown = false;
  /** The end of the last read that had to wait. */
  #waitedAt: number;
  #answered = false;
  #resting = false;
  #closed = false;

  constructor(parts: CursorParts, start: number, origin: CursorOrigin) {
    this.#parts = parts;
    this.traffic = parts.traffic;
    this.#idle = new IdleWatch(parts.clock);
    this.origin = origin;
    this.#start = start;
    this.#position = start;
    this.#before = start;
    this.#waitedAt = start;
    this.#run = origin === 'sequential' ? ESTABLISHED - FIRST_SEQUENTIAL : 0;
  }

  /** The end of the furthest read. */
  get position(): number {
    return this.#position;
  }

  /** The same, before the read that came last. */
  get before(): number {
    return this.#before;
  }

  /** Bytes that are worth asking for at once ahead of its reader: no more than it has read in order. */
  get request(): number {
    return Math.min(this.#request, Math.max(this.#run, FIRST_SEQUENTIAL));
  }

  /** Whether it has been read in order for long enough to fetch ahead. */
  get established(): boolean {
    return this.#run >= ESTABLISHED;
  }

  /** Whether its reader has no byte of this place yet. */
  get fresh(): boolean {
    return !this.#answered;
  }

  /** Whether it was read in order at all, rather than once. */
  get sequential(): boolean {
    return this.#read >= FIRST_SEQUENTIAL - READ_AHEAD;
  }

  /** Whether a read belongs to this place: it continues it, or is close to it. */
  follows(range: ByteRange): boolean {
    const skip = this.sequential ? SKIP_IN_ORDER : SKIP;
    const behind = Math.max(this.#start - SKIP, this.#position - BEHIND);
    return range.start >= behind && range.start <= this.#position + skip;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether its reader has paused. */
  get isResting(): boolean {
    return this.#resting;
  }

  /** Nobody will read here any more. */
  close(): void {
    this.#closed = true;
    this.#resting = true;
    this.#idle.stop();
  }

  /** Its reader has paused, or reads elsewhere. */
  rest(): void {
    this.#resting = true;
    this.#parts.onRest(this);
  }

  /** Somebody reads here. */
  attend(): void {
    this.#resting = false;
    this.#idle.stop();
  }

  /** Nobody waits here any more. Given up: the program may be dead. */
  unattended(leaving: 'answered' | 'given up'): void {
    if (this.#closed) return;
    this.#idle.start([
      { after: BREATH, action: () => this.rest() },
      {
        after: leaving === 'answered' ? STREAM_IDLE : STREAM_ABANDONED,
        action: () => this.#parts.onIdle(this),
      },
      { after: PLACE_IDLE, action: () => this.#parts.onForgotten(this) },
    ]);
  }

  /** How far a read is from what was read last. */
  distance(range: ByteRange): number {
    return Math.abs(range.start - this.#position);
  }

  /** A read begins. */
  advance(range: ByteRange): void {
    const from = Math.max(this.#position, range.start);
    this.#before = this.#position;
    const bytes = Math.max(0, range.end - from);
    this.#run += bytes;
    this.#read += bytes;
    this.#position = Math.max(this.#position, range.end);
  }

  /** A read has to wait. */
  waits(): void {
    this.#waitedAt = this.#position;
  }

  /** Whether it is read as fast as bytes come: it had to wait within the last requests. */
  get hungry(): boolean {
    return this.#position - this.#waitedAt <= 2 * this.#request;
  }

  /** A read got its bytes. */
  answered(): void {
    this.#answered = true;
  }

  /** Its reader has nothing left to read: how many bytes to ask for when it asks for `range`. */
  demand(range: ByteRange): number {
    if (this.#request === 0) this.#request = this.#first(rangeLength(range));
    else this.#grow(this.established ? ESTABLISHED_GROWTH : GROWTH);
    this.#grown = false;
    return Math.max(this.#request, rangeLength(range));
  }

  /** How many bytes to ask for before its reader asks. */
  ahead(): number {
    this.#grown = false;
    return this.request;
  }

  /** Its reader waited for bytes although they were on their way: more at once from now on. */
  starved(): void {
    this.#grow(GROWTH);
  }

  /** Once for each request: the effect of the last growth must show first. */
  #grow(factor: number): void {
    if (this.#grown) return;
    this.#grown = true;
    this.#request = Math.min(LONGEST_REQUEST, Math.max(2 * UNIT, this.#request) * factor);
  }

  #first(asked: number): number {
    switch (this.origin) {
      case 'first':
        return asked + READ_AHEAD;
      case 'sequential':
        return Math.max(FIRST_SEQUENTIAL, asked + MIB);
      case 'scattered':
        return asked;
    }
  }
}
