import type { DirectoryEntry } from '../driver/entry.js';
import { FsError } from '../lib/errors.js';
import { KnownDirectory } from './known-node.js';
import { type DirectoryNode, pathOf } from './node.js';
import type { Pins } from './pins.js';

/** The directories met so far, all in memory. */
export class KnownDirectories {
  readonly #pins: Pins;
  readonly #byId = new Map<string, KnownDirectory>();

  constructor(pins: Pins) {
    this.#pins = pins;
  }

  addRoot(entry: DirectoryEntry): KnownDirectory {
    const root = new KnownDirectory(entry, '', null, 0);
    this.#byId.set(entry.id, root);
    return root;
  }

  get(id: string): KnownDirectory | undefined {
    return this.#byId.get(id);
  }

  /** The side of a node that may be changed. Throws FsError when the node is not of this tree. */
  own(node: DirectoryNode): KnownDirectory {
    const own = this.#byId.get(node.entry.id);
    if (own === undefined) throw new FsError('ESTALE', `${pathOf(node)}: the directory is not of this tree`);
    return own;
  }

  /** A directory where a listing of that number has it, or where it was put here; null when it cannot stand there. */
  place(
    entry: DirectoryEntry,
    name: string,
    parent: KnownDirectory,
    sequence: number,
  ): KnownDirectory | null {
    const known = this.#byId.get(entry.id);
    if (known !== undefined) {
      const isPinned = this.#pins.get(entry.id) !== undefined;
      const stands = isPinned ? known.move(entry, name, parent) : known.place(entry, name, parent, sequence);
      return stands ? known : null;
    }
    const met = new KnownDirectory(entry, name, parent, sequence);
    this.#byId.set(entry.id, met);
    return met;
  }

  /** A directory that was local has an id of the cloud now; undefined when it was not met. */
  succeed(localId: string, entry: DirectoryEntry): KnownDirectory | undefined {
    const known = this.#byId.get(localId);
    if (known === undefined) return undefined;
    this.#byId.delete(localId);
    this.#byId.set(entry.id, known);
    known.become(entry);
    return known;
  }

  forget(id: string): void {
    this.#byId.delete(id);
  }

  /** The directories, at any height, below which something is shown that the cloud has not confirmed. */
  holdingUnconfirmed(): Set<string> {
    const holding = new Set<string>();
    for (const id of this.#pins.unconfirmed()) {
      for (let at: DirectoryNode | null = this.#byId.get(id) ?? null; at !== null; at = at.parent) {
        if (holding.has(at.entry.id)) break;
        holding.add(at.entry.id);
      }
    }
    return holding;
  }
}
