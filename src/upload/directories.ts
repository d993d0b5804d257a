import type { DirectoryEntry } from '../driver/entry.js';
import { isLocalId } from '../lib/local-id.js';
import type { NameTree } from './name-tree.js';

/** The directories that something is written to, by any id they ever had here. */
export class Directories {
  readonly #tree: NameTree;
  readonly #known = new Map<string, DirectoryEntry>();
  /** Ids of the cloud by the local ones that they took the place of. */
  readonly #made = new Map<string, string>();

  constructor(tree: NameTree) {
    this.#tree = tree;
  }

  /** The id that the cloud knows it by; the local one while the cloud does not have it. */
  id(id: string): string {
    return this.#made.get(id) ?? id;
  }

  learn(directory: DirectoryEntry): void {
    this.#known.set(this.id(directory.id), directory);
  }

  /** The cloud has made a local one. */
  made(localId: string, directory: DirectoryEntry): void {
    this.#made.set(localId, directory.id);
    this.#known.delete(localId);
    this.#known.set(directory.id, directory);
  }

  /** The id of the directory that it is in, as far as it is known. */
  parentOf(id: string): string | null {
    const known = this.#known.get(this.id(id));
    return known === undefined || known.parentId === known.id ? null : this.id(known.parentId);
  }

  /** Learns this directory and all above it, as far as the tree knows them. */
  async learnAncestors(directory: DirectoryEntry): Promise<void> {
    this.learn(directory);
    const seen = new Set([this.id(directory.id)]);
    for (let id = this.parentOf(directory.id); id !== null && !seen.has(id); id = this.parentOf(id)) {
      seen.add(id);
      if (this.#known.has(id)) continue;
      const entry = await this.#tree.entry(id);
      if (entry?.kind !== 'directory') return;
      this.learn(entry);
    }
  }

  /** As a driver wants it; null while the cloud does not have it. */
  async inCloud(id: string): Promise<DirectoryEntry | null> {
    const cloudId = this.id(id);
    if (isLocalId(cloudId)) return null;
    const known = this.#known.get(cloudId);
    if (known !== undefined) return { ...known, id: cloudId };
    const shown = await this.#tree.entry(cloudId);
    if (shown?.kind === 'directory') return shown;
    // Neither met nor on disk any more: the id is all that a cloud needs.
    const fields = { parentId: '', name: cloudId, modifiedAt: 0, createdAt: 0, attributes: {} };
    return { kind: 'directory', id: cloudId, ...fields };
  }
}
