import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { type ByteRange, overlaps } from '../lib/range.js';
import { abortable } from '../lib/abortable.js';
import { Coverage } from './coverage.js';
import type { Cursor } from './cursor.js';
import type { DiskUnits } from './disk-units.js';
import type { Download } from './download.js';
import { Fetch, type FetchHost } from './fetch.js';
import { FileUnits, unitAt } from './file-units.js';
import { type Purpose, TURN } from './lane.js';
import type { LinkOwner } from './link-cache.js';
import { Pauses } from './pauses.js';
import { readTimeout } from './read-timeout.js';
import type { TailHabit } from './tail-habit.js';
import type { Traffic } from './traffic.js';
import { UNIT, type UnitMemory } from './unit-memory.js';
import { type Leaving, mostUrgent, type WaitingRead, WaitingReads } from './waiting-reads.js';

const MIB = 1024 * 1024;
/** Nothing shorter than this is split between two connections. */
const SHORTEST_SPLIT = 2 * MIB;
const LONGEST_REQUEST = 32 * MIB;
/** Fetched ahead on each connection at most, whatever memory there is. */
const LARGEST_WINDOW = 32 * MIB;
/** Connections that one place of a file uses at most. */
const LANES = 2;
/** A smaller file is read whole as soon as its tail is sought. */
const WORTH_A_TAIL = 16 * MIB;
/** A file of which no more was fetched is being probed. */
const PROBE = 8 * MIB;

export interface FileContentParts {
  readonly owner: LinkOwner;
  readonly download: Download;
  readonly memory: UnitMemory;
  readonly disk: DiskUnits;
  /** Where the bytes of all files are counted. */
  readonly traffic: Traffic;
  readonly tails: TailHabit;
}

export interface FileContentOptions {
  /** Milliseconds; only for the message when it has passed. */
  readonly readTimeout: number;
}

/** The bytes of one file for all who read it: in memory, on disk, or on their way. */
export class FileContent implements FetchHost {
  readonly #env: Env;
  readonly #parts: FileContentParts;
  readonly #options: FileContentOptions;
  readonly #size: number;
  readonly #units: FileUnits;
  readonly #waiting: WaitingReads;
  readonly #coverage: Coverage;
  readonly #ending = new Set<Promise<void>>();
  readonly #pauses = new Pauses();
  /** Places that were read in the last minute. */
  readonly #readers = new Set<Cursor>();
  #fetched = 0;
  #tailSought = false;

  constructor(env: Env, parts: FileContentParts, options: FileContentOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
    this.#size = parts.owner.file.size;
    this.#units = new FileUnits(parts.memory, this.#size, (index) => this.#isNeeded(index));
    this.#coverage = new Coverage({ size: this.#size, units: this.#units, disk: parts.disk });
    this.#waiting = new WaitingReads({
      clock: env.clock,
      timeout: (read) => this.#timeout(read),
      onLeave: (read, leaving) => this.#left(read, leaving),
    });
  }

  get name(): string {
    return this.#parts.owner.file.name;
  }

  get longestRequest(): number {
    return this.#parts.download.isContended ? TURN : LONGEST_REQUEST;
  }

  /**
   * The bytes of a range inside the file, for the turn of the event loop in which they come; do not change them.
   * Rejects with FsError as Download.connect does, ETIMEDOUT at the deadline (of Clock.monotonic), or with the abort's
   * reason.
   */
  async read(range: ByteRange, cursor: Cursor, call: Call, deadline: number): Promise<Uint8Array> {
    this.#readers.add(cursor);
    cursor.attend();
    cursor.advance(range);
    if (this.#isTail(range) && !cursor.established) this.#parts.tails.used();
    try {
      const ready = this.#inMemory(range);
      const bytes = ready ?? (await this.#onDisk(range, call));
      if (bytes === null) return await this.#fromCloud(range, cursor, call, deadline);
      this.#parts.traffic.answer(ready === null ? 'disk' : 'memory');
      cursor.answered();
      this.#unattended(cursor, 'answered');
      this.#pauses.end();
      this.#readAhead(cursor);
      return bytes;
    } catch (error) {
      this.#unattended(cursor, 'given up');
      throw error;
    }
  }

  /** The reader of this place reads nothing now: whoever waits may have its connections. */
  rest(cursor: Cursor): void {
    for (const fetch of this.#unwanted(cursor)) fetch.lane?.rest();
  }

  /** The reader of this place does not come back soon: ends what is fetched for it. */
  hangUp(cursor: Cursor): void {
    this.#parts.memory.leave(cursor);
    for (const fetch of this.#unwanted(cursor)) this.#end(fetch);
  }

  /** Nobody reads at this place any more. */
  forget(cursor: Cursor): void {
    this.hangUp(cursor);
    this.#readers.delete(cursor);
    if (this.#readers.size === 0) this.#units.shed();
    else this.#units.spend({ start: cursor.position, end: cursor.position + LANES * LARGEST_WINDOW });
  }

  /** Rejects the reads of these places with EBADF. */
  leave(cursors: ReadonlySet<Cursor>): void {
    for (const cursor of cursors) cursor.close();
    this.#waiting.fail(this.#closedError(), ({ cursor }) => cursors.has(cursor));
    for (const cursor of cursors) this.forget(cursor);
  }

  /** Nobody has the file open any more. Resolves when its connections are closed. */
  async close(): Promise<void> {
    for (const fetch of this.#coverage.fetches) this.#end(fetch);
    await Promise.all(this.#ending);
    this.#units.shed();
    this.#parts.disk.close();
  }

  /** The connections that bring bytes for a place now, and the reads that wait there. */
  statusOf(cursor: Cursor): { readonly lanes: number; readonly waiting: number } {
    const lanes = this.#coverage.of(cursor).filter(({ isStreaming }) => isStreaming).length;
    return { lanes, waiting: this.#waiting.of(cursor).length };
  }

  purposeOf(fetch: Fetch): Purpose {
    const reads = this.#waiting.within(fetch.range);
    if (reads.length === 0) return 'ahead';
    return reads.some(({ cursor }) => cursor.fresh) ? 'first byte' : 'bytes';
  }

  urgencyOf(fetch: Fetch): Call['urgency'] {
    return mostUrgent(this.#waiting.within(fetch.range));
  }

  take(fetch: Fetch, start: number, bytes: Uint8Array): void {
    this.#fetched += bytes.length;
    (fetch.cursor?.traffic ?? this.#parts.traffic).fetch(bytes.length);
    const isProbe = this.#fetched <= PROBE && fetch.cursor?.established !== true;
    for (const unit of this.#units.write(start, bytes)) {
      const done = this.#units.hold(unit);
      this.#parts.disk.write(unit.index, unit.bytes, isProbe ? 'probe' : 'data', done);
    }
    this.#serve();
    if (start < UNIT && isProbe) this.#seekTail();
  }

  pause(fetch: Fetch, signal: AbortSignal): Promise<void> | null {
    if (this.#mayContinue(fetch)) return null;
    fetch.lane?.rest();
    return this.#pauses.wait(() => this.#mayContinue(fetch), signal);
  }

  failed(fetch: Fetch, error: FsError): void {
    if (this.#waiting.touches(fetch.range)) {
      this.#waiting.fail(error, ({ range }) => overlaps(range, fetch.range));
      return;
    }
    this.#env.log.debug('bytes that nobody waits for were not fetched', { file: this.name, error });
  }

  ended(fetch: Fetch): void {
    this.#coverage.fetches.delete(fetch);
    for (const read of this.#waiting) this.#provide(read);
    const { cursor } = fetch;
    if (cursor === null) return;
    // Where nothing else is on its way the next read will say how much it lacks.
    if (fetch.isAwaited && this.#coverage.of(cursor).some(({ isStreaming }) => isStreaming)) cursor.starved();
    this.#readAhead(cursor);
  }

  #inMemory(range: ByteRange): Uint8Array | null {
    return this.#units.covers(range) ? this.#units.read(range) : null;
  }

  /** Null when it is not all there. What is read again and again the kernel keeps: it takes no memory here. */
  async #onDisk({ start, end }: ByteRange, call: Call): Promise<Uint8Array | null> {
    const { disk } = this.#parts;
    const first = unitAt(start);
    const count = unitAt(end - 1) - first + 1;
    if (!disk.knows(first, count)) await abortable(call.signal, disk.learn(first, count));
    for (let index = first; index < first + count; index += 1) if (!disk.has(index)) return null;
    const bytes = await abortable(call.signal, disk.read(first, count));
    return bytes?.subarray(start - first * UNIT, end - first * UNIT) ?? null;
  }

  #fromCloud(range: ByteRange, cursor: Cursor, call: Call, deadline: number): Promise<Uint8Array> {
    call.signal.throwIfAborted();
    if (cursor.isClosed) throw this.#closedError();
    this.#parts.traffic.answer('cloud');
    cursor.attend();
    const read = { range, cursor, call };
    const bytes = this.#waiting.add(read, deadline);
    cursor.waits();
    for (const fetch of this.#coverage.fetches) if (overlaps(fetch.range, range)) fetch.await();
    this.#provide(read);
    this.#serve();
    this.#parts.download.review();
    this.#pauses.end();
    this.#readAhead(cursor);
    return bytes;
  }

  /** Sees to it that every byte of a read that waits is on its way. */
  #provide(read: WaitingRead): void {
    for (let index = unitAt(read.range.start); index * UNIT < read.range.end; index += 1) {
      if (this.#units.coversIn(index, read.range) || this.#coverage.loading.has(index)) continue;
      if (this.#parts.disk.has(index)) this.#load(index);
      else if (!this.#comesSoon(index, read.range)) this.#demand(index, read);
    }
  }

  #comesSoon(index: number, { start }: ByteRange): boolean {
    const fetch = this.#coverage.fetchOf(index);
    if (fetch === null) return false;
    return (
      start - fetch.position <= this.#parts.download.pace.skip ||
      this.#waiting.touches({ start: fetch.position, end: start })
    );
  }

  #demand(index: number, { range, cursor }: WaitingRead): void {
    const first = this.#coverage.inOrder(index, cursor);
    const start = this.#units.filledTo(first);
    const end = Math.max(range.end, start);
    if (this.#widen({ start, end: this.#coverage.until(start, end) }, cursor)) return;
    this.#coverage.fetchOf(index)?.cutAt(start);
    // What it fetched elsewhere must not keep it waiting.
    this.rest(cursor);
    const length = cursor.demand({ start, end });
    // What lies before the read in its unit comes on top: the reader has no use for it.
    const wanted = Math.max(start, range.start) + length;
    this.#fetch({ start, end: this.#coverage.until(start, wanted) }, cursor);
  }

  /** Who has begun with the head of a file may want its tail next: players and probes of films do. */
  #seekTail(): void {
    const { download, tails } = this.#parts;
    const last = unitAt(this.#size - 1);
    if (this.#tailSought || last * UNIT < WORTH_A_TAIL || !tails.isWorthwhile) return;
    this.#tailSought = true;
    if (!download.hasRoom || !this.#coverage.isMissing(last)) return;
    tails.fetched();
    this.#fetch({ start: this.#units.filledTo(last), end: this.#size }, null);
  }

  /** Adds bytes to a request of the same place that has not gone out yet. */
  #widen(range: ByteRange, cursor: Cursor): boolean {
    const near = this.#coverage.of(cursor).find((fetch) => this.#coverage.isNear(fetch.range, range));
    return near?.widen(range) === true;
  }

  /** Fetches what a reader in order will ask for, as far as nobody else is waiting for the connections. */
  #readAhead(cursor: Cursor): void {
    if (!cursor.established || cursor.isResting || cursor.isClosed) return;
    const { download, memory } = this.#parts;
    memory.join(cursor);
    const window = Math.min(2 * cursor.request, LANES * LARGEST_WINDOW, memory.share);
    while (this.#coverage.of(cursor).length < LANES) {
      const missing = this.#coverage.firstMissing(cursor.position, cursor.position + window);
      if (missing === null || memory.full) return;
      const start = this.#units.filledTo(this.#coverage.inOrder(missing, cursor));
      const starving = cursor.hungry;
      const others = this.#coverage.of(cursor).length;
      if (!starving && (others > 0 || start - cursor.position > window / 2)) return;
      if (!download.hasRoom) return;
      this.#fetch(
        { start, end: this.#coverage.until(start, start + this.#span(start, cursor, starving)) },
        cursor,
      );
    }
  }

  /** How much to ask for at once: near the end of the file so much that all connections finish together. */
  #span(start: number, cursor: Cursor, starving: boolean): number {
    const left = this.#size - start;
    const others = this.#coverage.of(cursor).reduce((sum, { range }) => sum + range.end - range.start, 0);
    const even = Math.max(SHORTEST_SPLIT, Math.ceil((left + others) / LANES));
    return Math.min(cursor.ahead(), starving ? even : left);
  }

  #fetch(range: ByteRange, cursor: Cursor | null): void {
    const fetch = new Fetch(this.#env, this, this.#parts.download, range, cursor);
    this.#coverage.fetches.add(fetch);
    fetch.start();
  }

  /** Reads a unit from disk for reads of which other bytes come from the cloud. */
  #load(index: number): void {
    this.#coverage.loading.add(index);
    const loading = this.#readUnit(index).finally(() => this.#ending.delete(loading));
    this.#ending.add(loading);
  }

  async #readUnit(index: number): Promise<void> {
    const bytes = await this.#parts.disk.read(index, 1);
    this.#coverage.loading.delete(index);
    if (bytes !== null) this.#units.put(index, bytes);
    this.#serve();
    for (const read of this.#waiting) this.#provide(read);
  }

  #serve(): void {
    this.#waiting.serve((range) => this.#inMemory(range));
  }

  #left({ cursor }: WaitingRead, leaving: Leaving): void {
    if (leaving === 'answered') cursor.answered();
    this.#unattended(cursor, leaving);
  }

  #unattended(cursor: Cursor, leaving: Leaving): void {
    if (this.#waiting.of(cursor).length > 0) return;
    if (leaving === 'given up') {
      for (const fetch of this.#unwanted(cursor)) if (!fetch.isStreaming) this.#end(fetch);
    }
    cursor.unattended(leaving);
  }

  /** A unit of which somebody has read something is brought to its end: what is kept on disk is whole. */
  #end(fetch: Fetch): void {
    const unit = unitAt(fetch.position);
    const isRead = fetch.cursor === null || fetch.cursor.position > unit * UNIT;
    const last = isRead && this.#parts.disk.keeps ? Math.min(this.#size, (unit + 1) * UNIT) : fetch.position;
    const ending = fetch.endAt(last).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    this.#pauses.end();
  }

  #mayContinue(fetch: Fetch): boolean {
    const { memory } = this.#parts;
    const { cursor } = fetch;
    if (cursor === null || fetch.isEnding || this.#waiting.touches(fetch.range)) return true;
    if (memory.full) return false;
    return fetch.position - cursor.position < Math.max(cursor.request, memory.share);
  }

  /** What nobody waits for, and was begun for this place or for one whose reader has paused too. */
  #unwanted(cursor: Cursor): readonly Fetch[] {
    return [...this.#coverage.fetches].filter((fetch) => {
      const isFor = fetch.cursor === cursor || fetch.cursor === null || fetch.cursor.isResting;
      return isFor && !fetch.isEnding && !this.#waiting.touches(fetch.range);
    });
  }

  #isTail({ end }: ByteRange): boolean {
    return this.#size > WORTH_A_TAIL && end > this.#size - UNIT;
  }

  #isNeeded(index: number): boolean {
    const unit = { start: index * UNIT, end: (index + 1) * UNIT };
    if (this.#waiting.touches(unit)) return true;
    for (const { position } of this.#coverage.fetches) if (unitAt(position) === index) return true;
    return false;
  }

  #closedError(): FsError {
    return new FsError('EBADF', `${this.name}: closed while it was read`);
  }

  #timeout({ range }: WaitingRead): FsError {
    const fetch =
      this.#coverage.fetchOf(unitAt(range.start)) ??
      [...this.#coverage.fetches].find((one) => overlaps(one.range, range));
    return readTimeout(this.name, this.#options.readTimeout, fetch ?? null);
  }
}
