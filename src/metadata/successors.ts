import { LRUCache } from 'lru-cache';
import { isLocalId } from '../lib/local-id.js';

/** More than can be asked for in earnest: whoever holds a local id holds it for moments. */
const REMEMBERED = 100_000;

/** Under which id the cloud has what was here under a local one: whoever still holds the old id is led to the new. */
export class Successors {
  // With `max` it would take the room for all of them at once.
  readonly #ids = new LRUCache<string, string>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  add(localId: string, id: string): void {
    this.#ids.set(localId, id);
  }

  /** The id that counts now. */
  resolve(id: string): string {
    return isLocalId(id) ? (this.#ids.get(id) ?? id) : id;
  }
}
