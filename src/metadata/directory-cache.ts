import { LRUCache } from 'lru-cache';
import type { DirectoryEntry, Entry } from '../driver/entry.js';
import { FsError } from '../lib/errors.js';
import { KeyedMutex } from '../lib/keyed-mutex.js';
import type { ListingHeader } from './freshness.js';
import { KnownDirectory, KnownFile } from './known-node.js';
import { entriesOf, type Listing, type ListingChange, type ListingPlan, planListing } from './listing.js';
import { childPath, type DirectoryNode, pathOf } from './node.js';
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

/**
 * The directories met so far, all in memory, and their listings: as many as the budget of entries allows, the others
 * on disk. The only place that makes and changes nodes.
 */
export class DirectoryCache {
  readonly #storage: TreeStorage;
  readonly #announce: (change: ListingChange) => void;
  readonly #directories = new Map<string, KnownDirectory>();
  readonly #listings: LRUCache<string, Listing>;
  readonly #loading = new Map<string, Promise<Listing | null>>();
  readonly #updates = new KeyedMutex();
  /** The listing that is larger than the whole budget and was used last: its entries are looked up one by one. */
  #oversized: { readonly id: string; readonly listing: Listing } | null = null;
  #directoriesListed = 0;
  #entries = 0;

  constructor(storage: TreeStorage, entriesInMemory: number, announce: (change: ListingChange) => void) {
    this.#storage = storage;
    this.#announce = announce;
    this.#listings = new LRUCache({
      maxSize: entriesInMemory,
      sizeCalculation: (listing) => listing.nodes.size + 1,
    });
  }

  /** The root of the drive, and with it the beginning; call once. */
  root(entry: DirectoryEntry): KnownDirectory {
    const { directories, entries } = this.#storage.summary;
    this.#directoriesListed = directories;
    this.#entries = entries;
    const root = new KnownDirectory(entry, '', null, 0);
    this.#directories.set(entry.id, root);
    return root;
  }

  /** The side of a node that may be changed. Throws FsError when the node is not of this tree. */
  own(node: DirectoryNode): KnownDirectory {
    const own = this.#directories.get(node.entry.id);
    if (own === undefined) throw new FsError('ESTALE', `${pathOf(node)}: the directory is not of this tree`);
    return own;
  }

  /** How many directories have been listed, and the entries in them. */
  get counts(): { readonly directories: number; readonly entries: number } {
    return { directories: this.#directoriesListed, entries: this.#entries };
  }

  /** The listing as it is known, from memory or disk; null when the directory was never listed. */
  async read(directory: KnownDirectory): Promise<Listing | null> {
    return this.#current(directory) ?? (await this.#load(directory));
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
    return await this.#updates.run(directory.entry.id, async () => {
      const before = await this.read(directory);
      const revision = revise(before);
      if (revision === null) return unchanged(before);
      const { entries } = revision;
      const plan = await planListing({ parent: directory, entries, before, strangers });
      return this.#commit(directory, before, revision, plan);
    });
  }

  /** Believes a listing no longer; its entries stay. */
  async expire(directory: KnownDirectory, now: number): Promise<void> {
    await this.update(directory, (before) => {
      if (before === null || before.header.expiresAt <= now) return null;
      return { header: () => ({ ...before.header, expiresAt: now }), entries: entriesOf(before) };
    });
  }

  /** Takes one entry out of a directory. */
  async remove(directory: KnownDirectory, gone: string): Promise<void> {
    await this.update(directory, (before) => {
      if (before === null) return null;
      const entries = entriesOf(before).filter((entry) => entry.id !== gone);
      return { header: () => before.header, entries };
    });
  }

  /** Takes entries that moved away out of a directory, met or not; its listing is believed no longer. */
  async withdraw(id: string, gone: ReadonlySet<string>, now: number): Promise<void> {
    const rest = ({ header, entries }: StoredListing): StoredListing => ({
      header: { ...header, expiresAt: Math.min(header.expiresAt, now) },
      entries: entries.filter((entry) => !gone.has(entry.id)),
    });
    const stored = this.#directories.has(id) ? null : await this.#storage.read(id);
    const directory = this.#directories.get(id);
    if (directory !== undefined) {
      await this.update(directory, (before) => {
        if (before === null) return null;
        const { header, entries } = rest({ header: before.header, entries: entriesOf(before) });
        return { header: () => header, entries, moved: true };
      });
    } else if (stored !== null) {
      const left = rest(stored);
      this.#entries -= stored.entries.length - left.entries.length;
      this.#storage.save(id, left, { added: [], removed: [...gone], moved: true });
    }
  }

  /** Those files of a directory that are in memory now. */
  filesInMemory(id: string, ids: ReadonlySet<string>): KnownFile[] {
    const directory = this.#directories.get(id);
    const nodes = directory === undefined ? [] : (this.#current(directory)?.nodes.values() ?? []);
    return [...nodes].filter((node) => node instanceof KnownFile).filter(({ entry }) => ids.has(entry.id));
  }

  #current(directory: KnownDirectory): Listing | null {
    const { id } = directory.entry;
    if (this.#oversized?.id === id) return this.#oversized.listing;
    return this.#listings.get(id) ?? null;
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
    const stored = await this.#storage.read(directory.entry.id);
    const start = { parent: directory, before: null, strangers: new Map<string, KnownFile>() };
    const plan = stored && (await planListing({ ...start, entries: stored.entries }));
    // A newer listing was made while this one was being read.
    if (!isCurrent()) return await this.read(directory);
    if (stored === null || plan === null) return null;
    this.#place(directory, plan, stored.header.sequence);
    const listing = { header: stored.header, nodes: plan.settled };
    this.#keep(directory.entry.id, listing);
    return listing;
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
    const nodes = plan.settled;
    // What could not be placed yet is found when the directory is listed again.
    const header = !isWhole ? { ...wanted, expiresAt: wanted.listedAt } : wanted;
    this.#loading.delete(id);
    this.#keep(id, { header, nodes });
    const moved = revision.moved === true;
    this.#storage.save(id, { header, entries: revision.entries }, { added, removed, moved });
    this.#entries += nodes.size - (before?.nodes.size ?? 0);
    if (before === null) this.#directoriesListed += 1;
    const path = pathOf(directory);
    const change = {
      entries: nodes.size,
      added: added.length,
      removed: removed.length,
      changed: plan.changed,
      // At the first listing nobody can have seen a name, nor missed one.
      paths: before === null ? [] : Array.from(plan.names, (name) => childPath(path, name)),
    };
    this.#announce(change);
    return change;
  }

  /** Settles what a plan left open; false when a directory could not be placed. */
  #place(parent: KnownDirectory, plan: ListingPlan, sequence: number): boolean {
    let isWhole = true;
    for (const { entry, name, file } of plan.placements) {
      if (entry.kind === 'directory') {
        const directory = this.#placeDirectory(entry, name, parent, sequence);
        if (directory === null) isWhole = false;
        else plan.settled.set(name, directory);
      } else if (file !== undefined) {
        file.place(entry, name, parent);
        plan.settled.set(name, file);
      }
    }
    return isWhole;
  }

  #placeDirectory(
    entry: DirectoryEntry,
    name: string,
    parent: KnownDirectory,
    sequence: number,
  ): KnownDirectory | null {
    const known = this.#directories.get(entry.id);
    if (known !== undefined) return known.place(entry, name, parent, sequence) ? known : null;
    const met = new KnownDirectory(entry, name, parent, sequence);
    this.#directories.set(entry.id, met);
    return met;
  }

  #keep(id: string, listing: Listing): void {
    if (this.#oversized?.id === id) this.#oversized = null;
    this.#listings.set(id, listing);
    if (!this.#listings.has(id)) this.#oversized = { id, listing };
  }
}

function unchanged(before: Listing | null): ListingChange {
  return { entries: before?.nodes.size ?? 0, added: 0, removed: 0, changed: 0, paths: [] };
}
