import type { DirectoryEntry, Entry } from '../../driver/entry.js';
import type { MemoryContent } from './content.js';

/** The id of the root folder, as 115 has it. */
export const ROOT_ID = '0';

/** One object of the memory cloud. Renaming and moving replace the entry, never the object. */
export interface MemoryObject {
  entry: Entry;
  /** Null for directories. */
  readonly content: MemoryContent | null;
  /** An upload that has not ended is known, but no driver may show it. */
  readonly complete: boolean;
  /** Milliseconds of the wall clock from which listings show it. */
  readonly listedFrom: number;
}

/** Objects by id, and the ids in each directory in ascending order, so that a page can begin after any id. */
export class MemoryTree {
  readonly #objects = new Map<string, MemoryObject>();
  readonly #children = new Map<string, string[]>();

  constructor(root: DirectoryEntry) {
    this.#objects.set(root.id, { entry: root, content: null, complete: true, listedFrom: 0 });
    this.#children.set(root.id, []);
  }

  object(id: string): MemoryObject | null {
    return this.#objects.get(id) ?? null;
  }

  /** Ids of a directory's children, ascending; null when there is no such directory. */
  children(directoryId: string): readonly string[] | null {
    return this.#children.get(directoryId) ?? null;
  }

  add(object: MemoryObject): void {
    const { id, kind, parentId } = object.entry;
    this.#objects.set(id, object);
    if (kind === 'directory') this.#children.set(id, []);
    this.#insert(parentId, id);
  }

  /** Replaces what is known about an object; its id stays. */
  update(object: MemoryObject, entry: Entry): void {
    if (entry.parentId !== object.entry.parentId) {
      this.#withdraw(object.entry.parentId, entry.id);
      this.#insert(entry.parentId, entry.id);
    }
    object.entry = entry;
  }

  /** Removes an object and all that is below it; answers what was removed, each behind what held it. */
  remove(object: MemoryObject): readonly MemoryObject[] {
    this.#withdraw(object.entry.parentId, object.entry.id);
    const removed: MemoryObject[] = [];
    const doomed = [object];
    for (let next = doomed.pop(); next !== undefined; next = doomed.pop()) {
      const below = this.#children.get(next.entry.id) ?? [];
      doomed.push(...below.flatMap((child) => this.object(child) ?? []));
      this.#children.delete(next.entry.id);
      this.#objects.delete(next.entry.id);
      removed.push(next);
    }
    return removed;
  }

  /** Whether `id` is the directory itself or lies below it. */
  contains(directoryId: string, id: string): boolean {
    for (let at = id; ;) {
      if (at === directoryId) return true;
      const object = this.#objects.get(at);
      if (object === undefined || at === ROOT_ID) return false;
      at = object.entry.parentId;
    }
  }

  #insert(directoryId: string, id: string): void {
    const ids = this.#children.get(directoryId) ?? [];
    const last = ids.at(-1);
    const at = last === undefined || last < id ? ids.length : ids.findIndex((other) => other > id);
    ids.splice(at, 0, id);
    this.#children.set(directoryId, ids);
  }

  #withdraw(directoryId: string, id: string): void {
    const ids = this.#children.get(directoryId) ?? [];
    const at = ids.indexOf(id);
    if (at >= 0) ids.splice(at, 1);
  }
}
