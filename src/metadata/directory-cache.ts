import type { DirectoryEntry, Entry } from '../driver/entry.js';
import { KeyedMutex } from '../lib/keyed-mutex.js';
import { isLocalId } from '../lib/local-id.js';
import type { ListingHeader } from './freshness.js';
import { KnownDirectories } from './known-directories.js';
import { type KnownDirectory, KnownFile } from './known-node.js';
import { entriesOf, Listing, type ListingChange, type ListingPlan, planListing } from './listing.js';
import { ListingMemory } from './listing-memory.js';
import type { NameRules } from './naming.js';
import { childPath, type DirectoryNode, type Node, pathOf } from './node.js';
import type { Pins } from './pins.js';
import type { StoredListing } from './tree-rows.js';
import type { TreeStorage } from './tree-storage.js';

/** A listing as it shall be. */
export interface Revision {
  /** Whether something differs from the listing before decides how long it is believed. */
  readonly header: (differs: boolean) => ListingHeader;
  readonly entries: readonly Entry[];
  /** Something of it came from, or went to, another directory. */
  readonly moved?: boolean;
}

interface CacheParts {
  readonly storage: TreeStorage;
  readonly pins: Pins;
  readonly rules: NameRules;
  readonly entriesInMemory: number;
  readonly announce: (paths: readonly string[]) => void;
}

/**
 * The directories met so far, all in memory, and their listings: as many as the budget of entries allows, the others
 * on disk. Everything that is read here shows what is pinned. With LocalView the only place that changes nodes.
 */
export class DirectoryCache {
  readonly directories: KnownDirectories;
  readonly rules: NameRules;
  readonly #parts: CacheParts;
  readonly #listings: ListingMemory;
  readonly #loading = new Map<string, Promise<Listing | null>>();
  readonly #updates = new KeyedMutex();
  #directoriesListed = 0;
  #entries = 0;
  #commits = 0;

  constructor(parts: CacheParts) {
    this.#parts = parts;
    this.directories = new KnownDirectories(parts.pins);
    this.rules = parts.rules;
    this.#listings = new ListingMemory(parts.entriesInMemory);
  }

  /** The root of the drive, and with it the beginning; call once. */
  root(entry: DirectoryEntry): KnownDirectory {
    const { directories, entries } = this.#parts.storage.summary;
    this.#directoriesListed = directories;
    this.#entries = entries;
    return this.directories.addRoot(entry);
  }

  /** The side of a node that may be changed. Throws FsError when the node is not of this tree. */
  own(node: DirectoryNode): KnownDirectory {
    return this.directories.own(node);
  }

  /** How many directories have been listed, and the entries in them; without what is local. */
  get counts(): { readonly directories: number; readonly entries: number } {
    return { directories: this.#directoriesListed, entries: this.#entries };
  }

  /** Grows whenever the cloud has said where something is. */
  get commits(): number {
    return this.#commits;
  }

  /** The listing as it is known, from memory or disk; null when the directory was never listed. */
  async read(directory: KnownDirectory): Promise<Listing | null> {
    return this.inMemory(directory) ?? (await this.#load(directory));
  }

  inMemory(directory: KnownDirectory): Listing | null {
    return this.#listings.get(directory.entry.id);
  }

  /**
   * Makes the listing what `revise` says of the one before, and answers the difference; null from `revise` leaves it
   * as it is. `strangers` are files of other directories, by id, that have moved here.
   */
  async update(
    directory: KnownDirectory,
    revise: (before: Listing | null) => Revision | null,
    strangers: ReadonlyMap<string, KnownFile> = new Map(),
  ): Promise<ListingChange> {
    return await this.#updates.run(directory.key, () => this.#revise(directory, revise, strangers));
  }

  /** Lets nobody else change these directories, met or not, while work is under way. */
  async exclusively<T>(ids: Iterable<string>, work: () => Promise<T>): Promise<T> {
    const keys = Array.from(ids, (id) => this.directories.get(id)?.key ?? id);
    return await this.#updates.runAll(keys, work);
  }

  /** Finds all names anew, after pins were changed; call it exclusively. */
  async nameAgain(directory: KnownDirectory, strangers: ReadonlyMap<string, KnownFile>): Promise<void> {
    const revise = (before: Listing | null): Revision | null => {
      if (before === null) return null;
      const entries = this.#parts.pins.over(directory.entry.id, entriesOf(before));
      return { header: () => before.header, entries };
    };
    await this.#revise(directory, revise, strangers);
  }

  /** Believes a listing no longer; its entries stay. */
  async expire(directory: KnownDirectory, now: number): Promise<void> {
    await this.update(directory, (before) => {
      if (before === null || before.header.expiresAt <= now) return null;
      return { header: () => ({ ...before.header, expiresAt: now }), entries: entriesOf(before) };
    });
  }

  /** Takes an entry that is gone out of a directory, unless something below it is not in the cloud yet. */
  async remove(directory: KnownDirectory, gone: string): Promise<void> {
    const { pins } = this.#parts;
    await this.update(directory, (before) => {
      const isKept = pins.get(gone) !== undefined || this.directories.holdingUnconfirmed().has(gone);
      if (before === null || isKept) return null;
      const entries = entriesOf(before).filter((entry) => entry.id !== gone);
      return { header: () => before.header, entries };
    });
  }

  /** Takes entries that moved away out of a directory, met or not; its listing is believed no longer. */
  async withdraw(id: string, gone: ReadonlySet<string>, now: number): Promise<void> {
    const { pins } = this.#parts;
    const rest = ({ header, entries }: StoredListing): StoredListing => ({
      header: { ...header, expiresAt: Math.min(header.expiresAt, now) },
      entries: entries.filter((entry) => !gone.has(entry.id) || pins.get(entry.id) !== undefined),
    });
    const directory = this.directories.get(id);
    if (directory === undefined) {
      await this.exclusively([id], () => this.#withdrawStored(id, rest));
      return;
    }
    await this.update(directory, (before) => {
      if (before === null) return null;
      const { header, entries } = rest({ header: before.header, entries: entriesOf(before) });
      return { header: () => header, entries, moved: true };
    });
  }

  /** Those files of a directory that are in memory now. */
  filesInMemory(id: string, ids: ReadonlySet<string>): KnownFile[] {
    const nodes = this.#listings.get(id)?.nodes.values() ?? [];
    return [...nodes].filter((node) => node instanceof KnownFile).filter(({ entry }) => ids.has(entry.id));
  }

  /** A node for what was put into a directory that nobody has listed. */
  nodeOf(entry: Entry, name: string, parent: KnownDirectory): Node | null {
    if (entry.kind === 'file') return new KnownFile(entry, name, parent);
    return this.directories.place(entry, name, parent, 0);
  }

  /** The entry of that id in a directory, met or not; null when it is not there. */
  async entryIn(directory: string, id: string): Promise<Entry | null> {
    const known = this.directories.get(directory);
    const listing = known === undefined ? null : this.inMemory(known);
    if (listing !== null) return listing.find(id)?.entry ?? null;
    const stored = await this.#parts.storage.read(directory);
    return stored?.entries.find((entry) => entry.id === id) ?? null;
  }

  /** The directory in whose listing an id stands, looked for in memory alone. */
  directoryInMemory(id: string): string | null {
    return this.#listings.directoryOf(id);
  }

  /** What is being read from disk is out of date: it is read again. */
  outdate(id: string): void {
    this.#loading.delete(id);
  }

  /** Keeps a listing that was touched in memory, and writes it when `change` says what differs in the cloud's part. */
  keep(
    id: string,
    listing: Listing,
    change: { added: readonly string[]; removed: readonly string[] } | null,
  ): void {
    this.outdate(id);
    this.#listings.keep(id, listing);
    if (change === null) return;
    this.#entries += change.added.length - change.removed.length;
    this.#parts.storage.save(id, storable(listing), { ...change, moved: false });
  }

  /** Listings that were on disk for nobody have gone. */
  swept({ directories, entries }: { readonly directories: number; readonly entries: number }): void {
    this.#directoriesListed -= directories;
    this.#entries -= entries;
  }

  /** Forgets a listing in memory. */
  evict(id: string): void {
    this.outdate(id);
    this.#listings.delete(id);
  }

  /** Forgets a listing, in memory and on disk. */
  drop(id: string): void {
    this.evict(id);
    this.#parts.storage.drop(id);
  }

  async #withdrawStored(id: string, rest: (stored: StoredListing) => StoredListing): Promise<void> {
    const stored = await this.#parts.storage.read(id);
    if (stored === null) return;
    const left = rest(stored);
    const stay = new Set(left.entries.map((entry) => entry.id));
    const removed = stored.entries.map((entry) => entry.id).filter((one) => !stay.has(one));
    this.#entries -= removed.length;
    this.#parts.storage.save(id, left, { added: [], removed, moved: true });
  }

  async #load(directory: KnownDirectory): Promise<Listing | null> {
    const { id } = directory.entry;
    const running = this.#loading.get(id);
    if (running !== undefined) return await running;
    const loading = this.#fromStorage(directory, () => this.#loading.get(id) === loading);
    this.#loading.set(id, loading);
    try {
      return await loading;
    } finally {
      if (this.#loading.get(id) === loading) this.#loading.delete(id);
    }
  }

  async #fromStorage(directory: KnownDirectory, isCurrent: () => boolean): Promise<Listing | null> {
    const stored = (await this.#parts.storage.read(directory.entry.id)) ?? localListing(directory);
    const plan = stored && (await this.#plan(directory, null, this.#shown(directory, stored), new Map()));
    // A newer listing was made while this one was being read, or something was changed here.
    if (!isCurrent()) return await this.read(directory);
    if (stored === null || plan === null) return null;
    this.#place(directory, plan, stored.header.sequence);
    const listing = new Listing(stored.header, plan.settled, plan.isContested);
    this.#listings.keep(directory.entry.id, listing);
    return listing;
  }

  #shown(directory: KnownDirectory, { entries }: StoredListing): readonly Entry[] {
    return this.#parts.pins.over(directory.entry.id, entries);
  }

  #plan(
    parent: KnownDirectory,
    before: Listing | null,
    entries: readonly Entry[],
    strangers: ReadonlyMap<string, KnownFile>,
  ): Promise<ListingPlan> {
    const comesFirst = (entry: Entry): boolean => this.#parts.pins.get(entry.id) !== undefined;
    return planListing({ parent, entries, before, strangers, rules: this.rules, comesFirst });
  }

  async #revise(
    directory: KnownDirectory,
    revise: (before: Listing | null) => Revision | null,
    strangers: ReadonlyMap<string, KnownFile>,
  ): Promise<ListingChange> {
    const before = await this.read(directory);
    const revision = revise(before);
    if (revision === null) return unchanged(before);
    const plan = await this.#plan(directory, before, revision.entries, strangers);
    return this.#commit(directory, before, revision, plan);
  }

  #commit(
    directory: KnownDirectory,
    before: Listing | null,
    revision: Revision,
    plan: ListingPlan,
  ): ListingChange {
    const { id } = directory.entry;
    const { added, removed } = plan;
    const differs = before !== null && added.length + removed.length + plan.changed > 0;
    const wanted = revision.header(differs);
    const isWhole = this.#place(directory, plan, wanted.sequence);
    // What could not be placed yet is found when the directory is listed again.
    const header = !isWhole ? { ...wanted, expiresAt: wanted.listedAt } : wanted;
    const listing = new Listing(header, plan.settled, plan.isContested);
    this.outdate(id);
    this.#listings.keep(id, listing);
    const change = { added: inCloud(added), removed: inCloud(removed), moved: revision.moved === true };
    const entries = revision.entries.filter((entry) => !isLocalId(entry.id));
    this.#parts.storage.save(id, { header, entries }, change);
    this.#entries += change.added.length - change.removed.length;
    if (before === null) this.#directoriesListed += 1;
    this.#commits += 1;
    const path = pathOf(directory);
    // At the first listing nobody can have seen a name, nor missed one.
    const paths = before === null ? [] : Array.from(plan.names, (name) => childPath(path, name));
    this.#parts.announce(paths);
    return {
      entries: listing.nodes.size,
      added: added.length,
      removed: removed.length,
      changed: plan.changed,
      paths,
    };
  }

  /** Settles what a plan left open; false when a directory could not be placed. */
  #place(parent: KnownDirectory, plan: ListingPlan, sequence: number): boolean {
    let isWhole = true;
    for (const { entry, name, file } of plan.placements) {
      if (entry.kind === 'directory') {
        const directory = this.directories.place(entry, name, parent, sequence);
        if (directory === null) isWhole = false;
        else plan.settled.set(name, directory);
      } else if (file !== undefined) {
        file.place(entry, name, parent);
        plan.settled.set(name, file);
      }
    }
    return isWhole;
  }
}

/** What goes to disk of a listing, as it is when it is written: local entries come back from the journal of uploads. */
function storable(listing: Listing): StoredListing {
  return {
    header: listing.header,
    get entries() {
      return entriesOf(listing).filter((entry) => !isLocalId(entry.id));
    },
  };
}

/** A directory that only exists here holds what is put there, and nobody need be asked. */
function localListing(directory: KnownDirectory): StoredListing | null {
  const { id, createdAt } = directory.entry;
  if (!isLocalId(id)) return null;
  return { header: { listedAt: createdAt, expiresAt: Number.MAX_SAFE_INTEGER, sequence: 0 }, entries: [] };
}

function inCloud(ids: readonly string[]): readonly string[] {
  return ids.filter((id) => !isLocalId(id));
}

function unchanged(before: Listing | null): ListingChange {
  return { entries: before?.nodes.size ?? 0, added: 0, removed: 0, changed: 0, paths: [] };
}
