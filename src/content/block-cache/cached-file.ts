import { FsError } from '../../lib/errors.js';
import type { CachedContent } from './cached-content.js';
import type { CacheKind } from './content-folder.js';
import type { Counts } from './counts.js';
import type { Inventory } from './inventory.js';
import { ReadAhead, RUN_UNITS, type RunMemory } from './read-ahead.js';
import { SEGMENT_UNITS } from './segment-format.js';
import type { SegmentReader } from './segment-reader.js';
import type { Segment } from './segment.js';
import { UNIT, unitBytes, unitsOf } from './units.js';
import type { WriteQueue } from './write-queue.js';

/** The cached part of one content, for one who reads it. Keeps what was read in the last minute from eviction. */
export interface CachedFile {
  /**
   * Resolves when `has` tells the truth about these units: one small read for each 16 MiB that was not looked at
   * since the file was opened, nothing otherwise. Never rejects.
   */
  ready(first: number, count: number): Promise<void>;
  /** Whether a unit is here. Never touches the disk: false for what `ready` was not awaited for. */
  has(unit: number): boolean;
  /**
   * The bytes of some units, each checked; null when one of them is missing, torn or damaged, which `has` then
   * knows. At most 1 MiB is asked of the disk at once; megabytes that begin at a multiple of 8 units are cheapest.
   * The bytes may be those of others: do not change them, and copy what is needed after this turn of the event loop.
   * Never rejects.
   */
  read(first: number, count: number): Promise<Uint8Array | null>;
  /**
   * Keeps a whole unit (only the last one of a content may be shorter), behind: dropped when too much waits or the
   * disk fails. The bytes are not copied: do not change them before `done` is called, once. 'probe' is for the head
   * and tail of probed files and keeps the unit beside its 'data', so that it is there after that was evicted. Throws
   * FsError EINVAL when the length is not the unit's.
   */
  write(unit: number, bytes: Uint8Array, kind: CacheKind, done?: () => void): void;
  /** Nothing is kept from eviction for this reader any more. May be called twice. */
  close(): void;
}

/** Units that can be read together. */
interface Piece {
  readonly unit: number;
  readonly count: number;
  readonly source: Segment | Uint8Array;
}

export interface CachedFileParts {
  readonly inventory: Inventory;
  readonly reader: SegmentReader;
  readonly queue: WriteQueue;
  readonly memory: RunMemory;
  readonly counts: Counts;
}

/** A reader's view of a content; several may share the content. */
export class OpenCachedFile implements CachedFile {
  readonly #content: CachedContent;
  readonly #parts: CachedFileParts;
  readonly #ahead: ReadAhead;
  #closed = false;

  constructor(content: CachedContent, parts: CachedFileParts) {
    this.#content = content;
    this.#parts = parts;
    this.#ahead = new ReadAhead(parts.memory, (run) => this.#loadRun(run));
  }

  async ready(first: number, count: number): Promise<void> {
    const upTo = Math.min(first + count, unitsOf(this.#content.size));
    if (this.#closed || first < 0 || upTo <= first) return;
    const unknown = this.#content.segmentsAt(first, upTo - first).filter((segment) => !segment.known);
    await Promise.all(unknown.map((segment) => this.#parts.reader.load(segment)));
  }

  has(unit: number): boolean {
    return this.#source(unit) !== null;
  }

  async read(first: number, count: number): Promise<Uint8Array | null> {
    const { counts } = this.#parts;
    const pieces = this.#closed ? null : this.#plan(first, count);
    if (pieces !== null) this.#ahead.follow(first, count);
    const bytes = pieces === null ? null : await this.#gather(first, count, pieces);
    if (bytes === null) counts.misses += count;
    else counts.hits += count;
    return bytes;
  }

  write(unit: number, bytes: Uint8Array, kind: CacheKind, done: () => void = () => undefined): void {
    const expected = unit < 0 ? 0 : unitBytes(this.#content.size, unit, 1);
    if (expected === 0 || bytes.length !== expected) {
      throw new FsError('EINVAL', `unit ${unit} has ${expected} bytes, not ${bytes.length}`);
    }
    if (this.#closed) done();
    else this.#parts.queue.add(this.#content.segmentOf(unit, kind), unit % SEGMENT_UNITS, { bytes, done });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ahead.clear();
    this.#parts.inventory.leave(this.#content);
  }

  /** Where a unit is: the disk, the queue of what is being written, or nowhere. */
  #source(unit: number): Segment | Uint8Array | null {
    const slot = unit % SEGMENT_UNITS;
    const data = this.#content.find(unit, 'data');
    if (data?.holds(slot) === true) return data;
    const probe = this.#content.find(unit, 'probe');
    if (probe?.holds(slot) === true) return probe;
    const { queue } = this.#parts;
    return (data && queue.waiting(data, slot)) ?? (probe && queue.waiting(probe, slot)) ?? null;
  }

  /** Null when a unit is missing. No piece crosses a run, hence none a segment. */
  #plan(first: number, count: number): readonly Piece[] | null {
    const pieces: Piece[] = [];
    for (let unit = first; unit < first + count; unit += 1) {
      const source = this.#source(unit);
      if (source === null) return null;
      const last = pieces.at(-1);
      if (last?.source === source && unit % RUN_UNITS !== 0) {
        pieces[pieces.length - 1] = { ...last, count: last.count + 1 };
      } else pieces.push({ unit, count: 1, source });
    }
    return pieces;
  }

  async #gather(first: number, count: number, pieces: readonly Piece[]): Promise<Uint8Array | null> {
    const [only] = pieces;
    if (only !== undefined && pieces.length === 1) {
      if (only.source instanceof Uint8Array) return only.source;
      const shared = await this.#readAhead(only);
      if (shared !== null) return shared;
    }
    const target = Buffer.allocUnsafeSlow(unitBytes(this.#content.size, first, count));
    const filled = pieces.map((piece) => this.#fill(target, first, piece));
    return (await Promise.all(filled)).every(Boolean) ? target : null;
  }

  async #fill(target: Uint8Array, first: number, piece: Piece): Promise<boolean> {
    const { unit, count, source } = piece;
    const start = (unit - first) * UNIT;
    const known = source instanceof Uint8Array ? source : await this.#readAhead(piece);
    if (known !== null) {
      target.set(known, start);
      return true;
    }
    const place = target.subarray(start, start + unitBytes(this.#content.size, unit, count));
    return source instanceof Uint8Array || this.#parts.reader.read(source, unit % SEGMENT_UNITS, place);
  }

  /** The piece out of a run that was read ahead. */
  async #readAhead({ unit, count }: Piece): Promise<Uint8Array | null> {
    const run = Math.floor(unit / RUN_UNITS);
    const bytes = await this.#ahead.run(run);
    const start = (unit - run * RUN_UNITS) * UNIT;
    return bytes?.subarray(start, start + unitBytes(this.#content.size, unit, count)) ?? null;
  }

  #loadRun(run: number): Promise<Uint8Array | null> | null {
    const first = run * RUN_UNITS;
    const count = Math.min(RUN_UNITS, unitsOf(this.#content.size) - first);
    const [only, ...others] = count > 0 ? (this.#plan(first, count) ?? []) : [];
    if (only === undefined || others.length > 0 || only.source instanceof Uint8Array) return null;
    const target = Buffer.allocUnsafeSlow(unitBytes(this.#content.size, first, count));
    return this.#parts.reader
      .read(only.source, first % SEGMENT_UNITS, target)
      .then((right) => (right ? target : null));
  }
}
