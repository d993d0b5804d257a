import type { Entry } from '../driver/entry.js';
import { isLocalId } from '../lib/local-id.js';
import type { DirectoryCache } from './directory-cache.js';
import { type KnownDirectory, KnownFile } from './known-node.js';
import { type Listing, sameEntry } from './listing.js';
import type { Node } from './node.js';

/** What happens to a few children of one listing, without a look at the others. */
export class ListingPatch {
  readonly parent: KnownDirectory;
  readonly listing: Listing;
  readonly #cache: DirectoryCache;
  /** Names that mean something else now. */
  readonly names = new Set<string>();
  /** Ids of the cloud that came, went or changed: the row on disk is older than the listing. */
  readonly added = new Set<string>();
  readonly removed = new Set<string>();
  readonly changed = new Set<string>();
  /** A name is wanted by several: all names must be found anew. */
  isStuck: boolean;

  constructor(cache: DirectoryCache, parent: KnownDirectory, listing: Listing) {
    this.#cache = cache;
    this.parent = parent;
    this.listing = listing;
    this.isStuck = listing.isContested;
  }

  /** Takes a child out unless it is what is wanted here; answers the name that is free now. */
  take(id: string, wanted: Entry | null): string | null {
    const node = this.isStuck ? undefined : this.listing.find(id);
    if (node === undefined) return null;
    const stays = wanted?.parentId === this.parent.entry.id && this.#cache.rules.plain(wanted) === node.name;
    if (stays) return null;
    const name = this.listing.take(id);
    if (name !== null) this.names.add(name);
    if (!isLocalId(id)) this.removed.add(id);
    return name;
  }

  /** Shows a child, as the node it was before if there was one. Call it when all that goes was taken. */
  put(wanted: Entry, node: Node | undefined): void {
    if (this.isStuck) return;
    const present = this.listing.find(wanted.id);
    if (present !== undefined) {
      this.#update(present, wanted);
      return;
    }
    const name = this.#cache.rules.plain(wanted);
    const placed = this.listing.nodes.has(name) ? null : this.#place(wanted, name, node);
    if (placed === null) {
      this.isStuck = true;
      return;
    }
    this.listing.put(name, placed);
    this.names.add(name);
    if (isLocalId(wanted.id)) return;
    // Under another name it was taken first.
    const stayed = this.removed.delete(wanted.id);
    (stayed ? this.changed : this.added).add(wanted.id);
  }

  #update(present: Node, wanted: Entry): void {
    const { entry } = present;
    if (sameEntry(entry, wanted)) return;
    const looksSame = entry.modifiedAt === wanted.modifiedAt && sizeOf(entry) === sizeOf(wanted);
    if (!looksSame) this.names.add(present.name);
    this.#place(wanted, present.name, present);
    if (!isLocalId(wanted.id)) this.changed.add(wanted.id);
  }

  #place(wanted: Entry, name: string, node: Node | undefined): Node | null {
    if (wanted.kind === 'file') {
      if (!(node instanceof KnownFile)) return new KnownFile(wanted, name, this.parent);
      node.place(wanted, name, this.parent);
      return node;
    }
    return this.#cache.directories.place(wanted, name, this.parent, this.listing.header.sequence);
  }
}

function sizeOf(entry: Entry): number {
  return entry.kind === 'file' ? entry.size : 0;
}
