import type { DirectoryEntry } from '../driver/entry.js';
import type { Env, Timer } from '../lib/env.js';
import { toFsError } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import type { StateDatabase } from '../store/state-database.js';
import type { Pin, Pins } from './pins.js';
import { type KnownSummary, Places } from './places.js';
import { type StoredListing, TreeRows } from './tree-rows.js';

/** A listing that waits to be written, and what it changed since it was written last. */
interface Pending {
  listing: StoredListing;
  readonly added: Set<string>;
  readonly removed: Set<string>;
  /** Something moved between this directory and another one. */
  moved: boolean;
}

/** What a listing changed, by id. */
export interface SavedChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly moved: boolean;
}

type Work = 'read' | 'write';

interface Trouble {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: string;
}

const GATHER_MS = 1000;
const RETRY_MS = 60_000;
const NOTHING: KnownSummary = { directories: 0, entries: 0, oldestListing: null, sequence: 0 };

/**
 * What a drive knows, on disk. Listings are gathered for up to a second and written one directory after the other;
 * a kill loses at most that second. Nothing here rejects: where the disk fails, it is logged once, what waits stays
 * in memory, and writing is tried again every minute.
 */
export class TreeStorage {
  readonly #env: Env;
  readonly #pins: Pins;
  readonly #rows: TreeRows;
  readonly #places: Places;
  #waiting = new Map<string, Pending>();
  #writing = new Map<string, Pending>();
  /** Listings that went, and whose rows are still there. */
  readonly #dropped = new Set<string>();
  /** Directories whose rows may be behind what was shown: after a kill the cloud must say. */
  #unsettled = new Set<string>();
  /** Those of them that a kill before this start has left. */
  readonly #doubtful = new Set<string>();
  #settledPins: readonly Pin[] = [];
  #localDirectories: readonly string[] = [];
  /** Of the pins on disk. */
  #pinsVersion = 0;
  #summary = NOTHING;
  #timer: Timer | null = null;
  #flush: Promise<void> = Promise.resolve();
  readonly #troubles = new Map<Work, Trouble>();

  constructor(env: Env, database: StateDatabase, drive: string, pins: Pins) {
    this.#env = env;
    this.#pins = pins;
    this.#rows = new TreeRows(database, drive);
    this.#places = new Places(database, drive);
  }

  /** The root as it was stored for this fingerprint; null when nothing is, and everything else is forgotten then. */
  async open(fingerprint: string): Promise<DirectoryEntry | null> {
    return await this.#attempt(
      'read',
      async () => {
        await this.#places.prepare();
        const stored = await this.#rows.root();
        if (stored?.fingerprint !== fingerprint) {
          await this.#rows.clear();
          await this.#places.clear();
          return null;
        }
        for (const id of await this.#rows.unsettled()) this.#doubtful.add(id);
        this.#unsettled = new Set(this.#doubtful);
        this.#settledPins = await this.#rows.pins();
        this.#localDirectories = await this.#places.localDirectories();
        this.#pinsVersion = this.#settledPins.length > 0 ? -1 : this.#pins.version;
        this.#summary = await this.#places.summary();
        return stored.root;
      },
      null,
    );
  }

  async setRoot(fingerprint: string, root: DirectoryEntry): Promise<void> {
    await this.#attempt('write', () => this.#rows.setRoot({ fingerprint, root }), undefined);
  }

  /** The pins that waited for the cloud's listings when the drive was closed last. */
  get settledPins(): readonly Pin[] {
    return this.#settledPins;
  }

  /** Directories that only existed here when the drive was closed last. */
  get localDirectories(): readonly string[] {
    return this.#localDirectories;
  }

  /** What was on disk at the last write. */
  get summary(): KnownSummary {
    return this.#summary;
  }

  /** Directories that wait to be written. */
  get pending(): number {
    return this.#waiting.size + this.#writing.size;
  }

  /** Why the disk fails, and since when; null once it works again. */
  get trouble(): Trouble | null {
    return this.#troubles.get('write') ?? this.#troubles.get('read') ?? null;
  }

  /** A listing as it was saved last; null when it is not known. */
  async read(id: string): Promise<StoredListing | null> {
    const pending = this.#waiting.get(id) ?? this.#writing.get(id);
    if (pending !== undefined) return pending.listing;
    if (this.#dropped.has(id)) return null;
    const stored = await this.#attempt('read', () => this.#rows.read(id), null);
    if (stored === null || !this.#doubtful.has(id)) return stored;
    // A kill came between the two rows of a move, or before a change was written: the cloud must say what is right.
    return { ...stored, header: { ...stored.header, expiresAt: 0 } };
  }

  /** Where ids stand that are known in another directory than this one; null means anywhere. */
  async elsewhere(ids: readonly string[], directory: string | null): Promise<Map<string, string>> {
    const found = await this.#attempt(
      'read',
      () => this.#places.elsewhere(ids, directory ?? ''),
      new Map<string, string>(),
    );
    for (const batch of [this.#writing, this.#waiting]) {
      for (const [other, { added, removed }] of batch) {
        for (const id of ids) {
          if (removed.has(id) && found.get(id) === other) found.delete(id);
          if (added.has(id) && other !== directory) found.set(id, other);
        }
      }
    }
    return found;
  }

  /** Writes a listing within a second. */
  save(id: string, listing: StoredListing, change: SavedChange): void {
    const pending = this.#waiting.get(id) ?? emptyPending(listing);
    pending.listing = listing;
    pending.moved ||= change.moved;
    for (const one of change.added) {
      pending.removed.delete(one);
      pending.added.add(one);
    }
    for (const one of change.removed) {
      pending.added.delete(one);
      pending.removed.add(one);
    }
    this.#waiting.set(id, pending);
    this.#dropped.delete(id);
    this.#writeSoon();
  }

  /** Forgets a listing. */
  drop(id: string): void {
    this.#waiting.delete(id);
    this.#dropped.add(id);
    this.#writeSoon();
  }

  /** Directories whose rows on disk are older than a time (milliseconds since the epoch), with the entries in each. */
  async listedBefore(time: number): Promise<readonly { readonly id: string; readonly entries: number }[]> {
    return await this.#attempt('read', () => this.#places.listedBefore(time), []);
  }

  /** Forgets the listings of directories that are shown nowhere, and what is known to stand in them. */
  async sweep(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#attempt('write', () => this.#places.removeAllIn(ids), undefined);
    for (const id of ids) this.drop(id);
    await this.#write();
  }

  /** Something is going to change in these directories; resolves when a kill would leave a sign of it. */
  async touch(ids: Iterable<string>): Promise<void> {
    const before = this.#unsettled.size;
    for (const id of ids) if (!isLocalId(id)) this.#unsettled.add(id);
    if (this.#unsettled.size === before) return;
    await this.#attempt('write', () => this.#rows.setUnsettled([...this.#unsettled]), undefined);
  }

  /** Other pins wait for the cloud's listings than before; they are on disk within a second. */
  pinsChanged(): void {
    if (this.#pinsVersion !== this.#pins.version) this.#writeSoon();
  }

  /** Resolves when everything that waits is on disk, or the disk has refused it. */
  async close(): Promise<void> {
    await this.#write();
    this.#timer?.cancel();
  }

  #writeSoon(): void {
    this.#timer ??= this.#env.clock.after(GATHER_MS, () => void this.#write());
  }

  #write(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#flush = this.#flush.then(() => this.#writeBatch());
    return this.#flush;
  }

  async #writeBatch(): Promise<void> {
    const hasSamePins = this.#pinsVersion === this.#pins.version;
    if (this.#waiting.size === 0 && this.#dropped.size === 0 && hasSamePins) return;
    this.#writing = this.#waiting;
    this.#waiting = new Map();
    const written = await this.#attempt(
      'write',
      async () => {
        await this.#writeRows(this.#writing);
        this.#summary = await this.#places.summary();
        return true;
      },
      false,
    );
    if (!written) this.#putBack(this.#writing);
    this.#writing = new Map();
    if (!written) this.#timer ??= this.#env.clock.after(RETRY_MS, () => void this.#write());
  }

  async #writeRows(batch: ReadonlyMap<string, Pending>): Promise<void> {
    await this.#writePins();
    const moved = [...batch].filter(([, pending]) => pending.moved).map(([id]) => id);
    if (moved.length > 0) {
      for (const id of moved) this.#unsettled.add(id);
      await this.#rows.setUnsettled([...this.#unsettled]);
    }
    // Where something arrived comes first: a kill in between shows it twice rather than not at all.
    const arrivals = [...batch].filter(([, { added }]) => added.size > 0);
    const departures = [...batch].filter(([, { added }]) => added.size === 0);
    for (const [id, pending] of [...arrivals, ...departures]) await this.#writeOne(id, pending);
    for (const id of this.#dropped) await this.#removeOne(id);
    await this.#settle(batch);
  }

  async #writePins(): Promise<void> {
    const { version } = this.#pins;
    if (this.#pinsVersion === version) return;
    await this.#rows.setPins(this.#pins.settled());
    this.#pinsVersion = version;
  }

  async #writeOne(id: string, pending: Pending): Promise<void> {
    const { header, entries } = pending.listing;
    await this.#rows.write(id, { header, entries });
    await this.#env.checkpoint('metadata.listing-written');
    // A kill may have come before the places of the row were written.
    const added = this.#doubtful.has(id) ? entries.map((entry) => entry.id) : [...pending.added];
    await this.#places.add(added, id);
    await this.#places.remove([...pending.removed], id);
    await this.#places.record(id, header, entries.length);
  }

  async #removeOne(id: string): Promise<void> {
    await this.#rows.remove(id);
    await this.#places.forget(id);
    this.#dropped.delete(id);
  }

  /** What was written, and where nothing waits to be confirmed, needs no sign for the time after a kill. */
  async #settle(batch: ReadonlyMap<string, Pending>): Promise<void> {
    for (const id of batch.keys()) this.#doubtful.delete(id);
    const settled = [...this.#unsettled].filter(
      (id) => !this.#doubtful.has(id) && !this.#waiting.has(id) && !this.#pins.concerns(id),
    );
    for (const id of settled) this.#unsettled.delete(id);
    if (settled.length > 0) await this.#rows.setUnsettled([...this.#unsettled]);
  }

  #putBack(batch: ReadonlyMap<string, Pending>): void {
    const newer = this.#waiting;
    this.#waiting = new Map(batch);
    for (const [id, { listing, added, removed, moved }] of newer) {
      this.save(id, listing, { added: [...added], removed: [...removed], moved });
    }
  }

  /** The edge where the disk's failures end: said once, and once more when it works again. */
  async #attempt<T>(kind: Work, work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      const result = await work();
      if (this.#troubles.delete(kind)) this.#env.log.info(`the state file can be used again: ${kind}`);
      return result;
    } catch (error) {
      const { message } = toFsError(error);
      if (!this.#troubles.has(kind)) {
        this.#env.log.error('the state file fails: the tree goes on in memory', { kind, error: message });
        this.#troubles.set(kind, { at: this.#env.clock.now(), message });
      }
      return otherwise;
    }
  }
}

function emptyPending(listing: StoredListing): Pending {
  return { listing, added: new Set(), removed: new Set(), moved: false };
}
