import type { DirectoryEntry, FileEntry } from '../driver/entry.js';
import type { DirectoryNode, FileNode } from './node.js';

/** A file of the tree: the side that changes it. */
export class KnownFile implements FileNode {
  readonly kind = 'file';
  #entry: FileEntry;
  #name: string;
  #parent: DirectoryNode;

  constructor(entry: FileEntry, name: string, parent: DirectoryNode) {
    this.#entry = entry;
    this.#name = name;
    this.#parent = parent;
  }

  get entry(): FileEntry {
    return this.#entry;
  }

  get name(): string {
    return this.#name;
  }

  get parent(): DirectoryNode {
    return this.#parent;
  }

  /** What a newer listing says of it. */
  place(entry: FileEntry, name: string, parent: DirectoryNode): void {
    this.#entry = entry;
    this.#name = name;
    this.#parent = parent;
  }
}

/** A directory of the tree: the side that changes it. */
export class KnownDirectory implements DirectoryNode {
  readonly kind = 'directory';
  #entry: DirectoryEntry;
  #name: string;
  #parent: DirectoryNode | null;
  #sequence: number;

  /** `sequence` is the number of the listing in which it was seen. */
  constructor(entry: DirectoryEntry, name: string, parent: DirectoryNode | null, sequence: number) {
    this.#entry = entry;
    this.#name = name;
    this.#parent = parent;
    this.#sequence = sequence;
  }

  get entry(): DirectoryEntry {
    return this.#entry;
  }

  get name(): string {
    return this.#name;
  }

  get parent(): DirectoryNode | null {
    return this.#parent;
  }

  /**
   * What a listing says of it. False when that must not be believed: a newer listing has seen it elsewhere, or it
   * would come to stand below itself, as it may look while only one half of a move is known.
   */
  place(entry: DirectoryEntry, name: string, parent: DirectoryNode, sequence: number): boolean {
    if (this.#parent === null || (parent !== this.#parent && sequence < this.#sequence)) return false;
    for (let at: DirectoryNode | null = parent; at !== null; at = at.parent) if (at === this) return false;
    this.#entry = entry;
    this.#name = name;
    this.#parent = parent;
    this.#sequence = sequence;
    return true;
  }
}
