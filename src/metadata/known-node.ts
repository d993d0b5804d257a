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
  /** The id that it was met with: work on one directory queues under it, whatever its id becomes. */
  readonly key: string;
  #entry: DirectoryEntry;
  #name: string;
  #parent: DirectoryNode | null;
  #sequence: number;
  /** When its content was changed here last, milliseconds since the epoch. */
  #advancedAt = 0;

  /** `sequence` is the number of the listing in which it was seen. */
  constructor(entry: DirectoryEntry, name: string, parent: DirectoryNode | null, sequence: number) {
    this.key = entry.id;
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

  /** What a report of it is shown as: never older than what was last done in it here. */
  asShown(entry: DirectoryEntry): DirectoryEntry {
    if (entry.modifiedAt >= this.#advancedAt) return entry;
    return { ...entry, modifiedAt: this.#advancedAt };
  }

  /** Its content was changed here; milliseconds since the epoch. */
  advance(now: number): void {
    this.#advancedAt = Math.max(this.#advancedAt, now);
    this.#entry = this.asShown(this.#entry);
  }

  /**
   * What a listing says of it. False when that must not be believed: a newer listing has seen it elsewhere, or it
   * would come to stand below itself, as it may look while only one half of a move is known.
   */
  place(entry: DirectoryEntry, name: string, parent: DirectoryNode, sequence: number): boolean {
    if (parent !== this.#parent && sequence < this.#sequence) return false;
    if (!this.move(entry, name, parent)) return false;
    this.#sequence = sequence;
    return true;
  }

  /** What was decided here of it, whatever was listed. False when it would come to stand below itself. */
  move(entry: DirectoryEntry, name: string, parent: DirectoryNode): boolean {
    if (this.#parent === null || this.holds(parent)) return false;
    this.#entry = this.asShown(entry);
    this.#name = name;
    this.#parent = parent;
    return true;
  }

  /** Whether a directory is this one or stands below it. */
  holds(directory: DirectoryNode): boolean {
    for (let at: DirectoryNode | null = directory; at !== null; at = at.parent) if (at === this) return true;
    return false;
  }

  /** The cloud has it now: another id, and what else the cloud says of it. */
  become(entry: DirectoryEntry): void {
    this.#entry = this.asShown(entry);
  }
}
