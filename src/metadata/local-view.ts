import type { DirectoryEntry, Entry } from '../driver/entry.js';
import { isLocalId } from '../lib/local-id.js';
import type { DirectoryCache } from './directory-cache.js';
import type { ListingHeader } from './freshness.js';
import { type KnownDirectory, KnownFile } from './known-node.js';
import { type Listing, sameEntry } from './listing.js';
import { ListingPatch } from './listing-patch.js';
import { childPath, type Node, pathOf } from './node.js';
import type { Pins } from './pins.js';
import type { TreeStorage } from './tree-storage.js';

/** A local entry that the cloud has now. */
export interface Succession {
  readonly localId: string;
  /** As it was shown before; null when it was not. */
  readonly shown: Entry | null;
  readonly entry: Entry;
  /** Of a directory: how long what it shows is believed to be all; null when the cloud's listing is known already. */
  readonly header: ListingHeader | null;
}

/** Which pins are others than before. */
export interface Decision {
  readonly ids: ReadonlySet<string>;
  readonly successions: readonly Succession[];
}

interface ViewParts {
  readonly cache: DirectoryCache;
  readonly pins: Pins;
  readonly storage: TreeStorage;
  readonly announce: (paths: readonly string[]) => void;
}

/** Shows in the listings what pins say: of a few ids at a time, all at once as far as anybody can see. */
export class LocalView {
  readonly #parts: ViewParts;

  constructor(parts: ViewParts) {
    this.#parts = parts;
  }

  /**
   * Lets `decide` change pins, and shows what came of it in these directories, met or not: where the entries stood and
   * where they shall stand. Answers what was decided; nothing happens when that is null.
   */
  async change<Decided extends Decision>(
    directories: ReadonlySet<string>,
    decide: () => Decided | null,
  ): Promise<Decided | null> {
    const { cache } = this.#parts;
    return await cache.exclusively(directories, async () => {
      const met = [...directories].map((id) => cache.directories.get(id)).filter((one) => one !== undefined);
      for (const directory of met) await cache.read(directory);
      const decision = decide();
      if (decision === null) return null;
      const nodes = nodesBehind(this.#listings(met), decision);
      for (const succession of decision.successions) this.#succeed(succession);
      const patches = this.#patches(met);
      this.#patch(patches, decision, nodes);
      this.#moveUnlisted(decision.ids);
      this.#announce(patches, decision);
      await this.#finish(directories, patches, decision, nodes);
      return decision;
    });
  }

  #listings(met: readonly KnownDirectory[]): Listing[] {
    return met.map((directory) => this.#parts.cache.inMemory(directory)).filter((one) => one !== null);
  }

  #patches(met: readonly KnownDirectory[]): ListingPatch[] {
    const { cache } = this.#parts;
    return met.flatMap((directory) => {
      const listing = cache.inMemory(directory);
      if (listing === null) cache.outdate(directory.entry.id);
      return listing === null ? [] : [new ListingPatch(cache, directory, listing)];
    });
  }

  #patch(
    patches: readonly ListingPatch[],
    { ids, successions }: Decision,
    nodes: ReadonlyMap<string, Node>,
  ): void {
    const { pins, cache } = this.#parts;
    const all = new Set([...ids, ...successions.map(({ localId }) => localId)]);
    for (const patch of patches) {
      for (const id of all) {
        const pin = pins.get(id);
        if (pin === undefined && !isLocalId(id)) continue;
        const name = patch.take(id, pin?.shown ?? null);
        if (name !== null) pins.leave(id, patch.parent.entry.id, name);
      }
    }
    for (const patch of patches) {
      for (const id of ids) {
        const shown = pins.get(id)?.shown;
        if (shown?.parentId === patch.parent.entry.id) patch.put(shown, nodes.get(id));
      }
      const { added, removed, changed, listing, parent } = patch;
      const isStored = added.size + removed.size + changed.size > 0;
      cache.keep(parent.entry.id, listing, isStored ? { added: [...added], removed: [...removed] } : null);
    }
  }

  /** A directory is below its new parent at once, also where nobody has listed that one yet. */
  #moveUnlisted(ids: ReadonlySet<string>): void {
    const { pins, cache } = this.#parts;
    for (const id of ids) {
      const shown = pins.get(id)?.shown;
      const parent = cache.directories.get(shown?.parentId ?? '');
      const known = cache.directories.get(id);
      if (shown?.kind !== 'directory' || parent === undefined || known === undefined) continue;
      if (known.parent !== parent) known.move(shown, cache.rules.plain(shown), parent);
    }
  }

  async #finish(
    directories: ReadonlySet<string>,
    patches: readonly ListingPatch[],
    decision: Decision,
    nodes: ReadonlyMap<string, Node>,
  ): Promise<void> {
    const { cache, pins } = this.#parts;
    const files = new Map<string, KnownFile>();
    for (const [id, node] of nodes) if (node instanceof KnownFile) files.set(id, node);
    for (const { isStuck, parent, listing } of patches) {
      if (!isStuck) continue;
      const before = new Map([...decision.ids].map((id) => [id, listing.find(id)?.name]));
      await cache.nameAgain(parent, files);
      for (const [id, name] of before) {
        const isFree = name !== undefined && !cache.inMemory(parent)?.nodes.has(name);
        if (isFree) pins.leave(id, parent.entry.id, name);
      }
    }
    for (const succession of decision.successions) await this.#succeedOnDisk(succession);
    const patched = new Set(patches.map(({ parent }) => parent.entry.id));
    for (const id of directories) if (!patched.has(id)) await this.#patchStored(id);
  }

  /** What only changed its id looks as before: the kernel need not be told. */
  #announce(patches: readonly ListingPatch[], { successions }: Decision): void {
    const same = new Set<string>();
    for (const { entry } of successions) {
      const shown = this.#parts.pins.get(entry.id)?.shown;
      if (shown) same.add(`${shown.parentId}/${this.#parts.cache.rules.plain(shown)}`);
    }
    const paths: string[] = [];
    for (const { parent, names } of patches) {
      const path = pathOf(parent);
      for (const name of names)
        if (!same.has(`${parent.entry.id}/${name}`)) paths.push(childPath(path, name));
    }
    this.#parts.announce(paths);
  }

  #succeed({ localId, entry, header }: Succession): void {
    if (entry.kind !== 'directory') return;
    const { cache } = this.#parts;
    const known = cache.directories.get(localId);
    const listing = known === undefined ? null : cache.inMemory(known);
    cache.drop(localId);
    cache.evict(entry.id);
    cache.directories.succeed(localId, entry);
    if (known === undefined || header === null || listing === null) return;
    for (const node of listing.nodes.values()) moveBelow(node, entry, known, cache);
    const ids = Array.from(listing.nodes.values(), (node) => node.entry.id);
    cache.keep(entry.id, listing.under(header), { added: ids.filter((id) => !isLocalId(id)), removed: [] });
  }

  /** Where nobody has looked since the start there is no listing in memory, but the directory is known all the same. */
  async #succeedOnDisk({ entry, header }: Succession): Promise<void> {
    const { storage, pins } = this.#parts;
    if (entry.kind !== 'directory' || header === null || (await storage.read(entry.id)) !== null) return;
    const entries = pins.over(entry.id, []).filter(({ id }) => !isLocalId(id));
    storage.save(
      entry.id,
      { header, entries },
      { added: entries.map(({ id }) => id), removed: [], moved: false },
    );
  }

  async #patchStored(directory: string): Promise<void> {
    const { storage, pins } = this.#parts;
    const stored = await storage.read(directory);
    if (stored === null) return;
    const before = new Map(stored.entries.map((entry) => [entry.id, entry]));
    const entries = pins.over(directory, stored.entries).filter(({ id }) => !isLocalId(id));
    const after = new Set(entries.map(({ id }) => id));
    const added = [...after].filter((id) => !before.has(id));
    const removed = [...before.keys()].filter((id) => !after.has(id));
    const isSame = entries.every((entry) => {
      const old = before.get(entry.id);
      return old !== undefined && sameEntry(old, entry);
    });
    if (isSame && removed.length === 0) return;
    storage.save(directory, { header: stored.header, entries }, { added, removed, moved: false });
  }
}

/** The nodes that stand for these ids now, by the ids that they will have. */
function nodesBehind(listings: readonly Listing[], { ids, successions }: Decision): Map<string, Node> {
  const nodes = new Map<string, Node>();
  const find = (id: string): Node | undefined => {
    for (const listing of listings) {
      const node = listing.find(id);
      if (node !== undefined) return node;
    }
    return undefined;
  };
  for (const id of ids) {
    const node = find(id);
    if (node !== undefined) nodes.set(id, node);
  }
  for (const { localId, entry } of successions) {
    const node = find(localId);
    if (node !== undefined) nodes.set(entry.id, node);
  }
  return nodes;
}

function moveBelow(
  node: Node,
  parent: DirectoryEntry,
  directory: KnownDirectory,
  cache: DirectoryCache,
): void {
  const { name } = node;
  if (node instanceof KnownFile) node.place({ ...node.entry, parentId: parent.id }, name, directory);
  else if (node.kind === 'directory') {
    cache.own(node).move({ ...node.entry, parentId: parent.id }, name, directory);
  }
}
