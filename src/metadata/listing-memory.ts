import { LRUCache } from 'lru-cache';
import type { Listing } from './listing.js';

/** Listings by directory id, as many as the budget of entries allows. */
export class ListingMemory {
  readonly #listings: LRUCache<string, Listing>;
  /** The listing that is larger than the whole budget and was used last: its entries are looked up one by one. */
  #oversized: { readonly id: string; readonly listing: Listing } | null = null;

  constructor(entriesInMemory: number) {
    this.#listings = new LRUCache({
      maxSize: entriesInMemory,
      sizeCalculation: (listing) => listing.nodes.size + 1,
    });
  }

  get(id: string): Listing | null {
    if (this.#oversized?.id === id) return this.#oversized.listing;
    return this.#listings.get(id) ?? null;
  }

  /** Call it again when the listing has grown or shrunk. */
  keep(id: string, listing: Listing): void {
    this.delete(id);
    this.#listings.set(id, listing);
    if (!this.#listings.has(id)) this.#oversized = { id, listing };
  }

  delete(id: string): void {
    if (this.#oversized?.id === id) this.#oversized = null;
    this.#listings.delete(id);
  }

  /** The directory in whose listing an id stands; looks through all of them. */
  directoryOf(id: string): string | null {
    const all = [...this.#listings.entries()];
    if (this.#oversized !== null) all.push([this.#oversized.id, this.#oversized.listing]);
    for (const [directory, { nodes }] of all) {
      for (const { entry } of nodes.values()) if (entry.id === id) return directory;
    }
    return null;
  }
}
