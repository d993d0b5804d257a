import type { TrashedEntry } from '../../driver/writer.js';
import { notFound } from '../../lib/errors.js';
import type { MemoryObject } from './tree.js';

interface Discarded {
  readonly shown: TrashedEntry;
  /** The removed object first, everything else behind the directory that holds it. */
  readonly objects: readonly MemoryObject[];
}

/** The recycle bin of a memory cloud. */
export class MemoryBin {
  readonly #discarded = new Map<string, Discarded>();
  #serial = 0;

  /** Takes a removed object with all that was below it. */
  put(objects: readonly MemoryObject[], removedAt: number): void {
    const [first] = objects;
    if (first === undefined) return;
    const { name, parentId, kind } = first.entry;
    const size = first.entry.kind === 'file' ? first.entry.size : null;
    this.#serial += 1;
    const id = `bin-${this.#serial}`;
    this.#discarded.set(id, { shown: { id, name, kind, size, removedAt, parentId }, objects });
  }

  /** Everything that can be restored, the oldest first. */
  entries(): readonly TrashedEntry[] {
    return [...this.#discarded.values()].map(({ shown }) => shown);
  }

  /** What restoring this puts back. Throws ENOENT when it is not there. */
  objects(id: string): readonly MemoryObject[] {
    const discarded = this.#discarded.get(id);
    if (discarded === undefined) throw notFound(`${id} in the recycle bin`);
    return discarded.objects;
  }

  /** Forgets this, if it is there. */
  delete(id: string): void {
    this.#discarded.delete(id);
  }

  /** Bytes of everything in it. */
  get used(): number {
    const objects = [...this.#discarded.values()].flatMap((discarded) => discarded.objects);
    return objects.reduce((sum, { content }) => sum + (content?.size ?? 0), 0);
  }
}
