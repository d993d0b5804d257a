import type { DirectoryEntry, Entry } from '../driver/entry.js';
import type { StateDatabase, StateStore } from '../store/state-database.js';
import type { ListingHeader } from './freshness.js';
import type { Pin } from './pins.js';

/** A listing as it lies in memory until it is written, and as it comes back. */
export interface StoredListing {
  readonly header: ListingHeader;
  readonly entries: readonly Entry[];
}

/** One row a directory; a large one names the pages that hold its entries. */
type DirectoryRow = { readonly header: ListingHeader } & (
  | { readonly entries: readonly Entry[] }
  | { readonly generation: 0 | 1; readonly pages: number; readonly count: number }
);

/** The root of a drive, and of which account and folder it is the root. */
interface RootRow {
  readonly fingerprint: string;
  readonly root: DirectoryEntry;
}

/** Larger rows would block the event loop while they are encoded. */
export const ENTRIES_PER_ROW = 1000;

/**
 * The rows of one drive. Pages of a large directory are written under a generation of their own, the row that names
 * it last: a kill in between leaves the old listing whole. Rejects with FsError.
 */
export class TreeRows {
  readonly #directories: StateStore<DirectoryRow>;
  readonly #pages: StateStore<readonly Entry[]>;
  readonly #roots: StateStore<RootRow>;
  readonly #unsettled: StateStore<readonly string[]>;
  readonly #pins: StateStore<readonly Pin[]>;
  readonly #drive: string;

  constructor(database: StateDatabase, drive: string) {
    this.#directories = database.store(`tree ${drive}`);
    this.#pages = database.store(`tree-pages ${drive}`);
    this.#roots = database.store('tree-roots');
    this.#unsettled = database.store('tree-unsettled');
    this.#pins = database.store('tree-pins');
    this.#drive = drive;
  }

  /** Null when it is not known, or not whole. */
  async read(id: string): Promise<StoredListing | null> {
    const row = await this.#directories.get(id);
    if (row === undefined) return null;
    if ('entries' in row) return row;
    const entries: Entry[] = [];
    // One page at a time: a page blocks the loop for a millisecond or two, fifty of them for a tenth of a second.
    for (let page = 0; page < row.pages; page += 1) {
      const some = await this.#pages.get(pageKey(id, row.generation, page));
      for (const entry of some ?? []) entries.push(entry);
    }
    return entries.length === row.count ? { header: row.header, entries } : null;
  }

  async write(id: string, { header, entries }: StoredListing): Promise<void> {
    const old = await this.#directories.get(id);
    if (entries.length <= ENTRIES_PER_ROW) {
      await this.#directories.set(id, { header, entries });
    } else {
      const generation = old !== undefined && 'pages' in old && old.generation === 0 ? 1 : 0;
      const pages = Math.ceil(entries.length / ENTRIES_PER_ROW);
      for (let page = 0; page < pages; page += 1) {
        const some = entries.slice(page * ENTRIES_PER_ROW, (page + 1) * ENTRIES_PER_ROW);
        await this.#pages.set(pageKey(id, generation, page), some);
      }
      await this.#directories.set(id, { header, generation, pages, count: entries.length });
    }
    if (old !== undefined && 'pages' in old) await this.#removePages(id, old.generation, old.pages);
  }

  async remove(id: string): Promise<void> {
    const old = await this.#directories.get(id);
    await this.#directories.delete(id);
    if (old !== undefined && 'pages' in old) await this.#removePages(id, old.generation, old.pages);
  }

  async root(): Promise<RootRow | undefined> {
    return await this.#roots.get(this.#drive);
  }

  async setRoot(row: RootRow): Promise<void> {
    await this.#roots.set(this.#drive, row);
  }

  /** Directories in which something was being moved or changed when the rows were last written. */
  async unsettled(): Promise<readonly string[]> {
    return (await this.#unsettled.get(this.#drive)) ?? [];
  }

  async setUnsettled(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#unsettled.set(this.#drive, ids);
    else await this.#unsettled.delete(this.#drive);
  }

  /** What had been changed here and the cloud might not list so yet. */
  async pins(): Promise<readonly Pin[]> {
    return (await this.#pins.get(this.#drive)) ?? [];
  }

  async setPins(pins: readonly Pin[]): Promise<void> {
    if (pins.length > 0) await this.#pins.set(this.#drive, pins);
    else await this.#pins.delete(this.#drive);
  }

  async clear(): Promise<void> {
    await this.#roots.delete(this.#drive);
    await this.#directories.clear();
    await this.#pages.clear();
    await this.#unsettled.delete(this.#drive);
    await this.#pins.delete(this.#drive);
  }

  async #removePages(id: string, generation: 0 | 1, pages: number): Promise<void> {
    for (let page = 0; page < pages; page += 1) await this.#pages.delete(pageKey(id, generation, page));
  }
}

function pageKey(id: string, generation: 0 | 1, page: number): string {
  return `${id}/${generation}/${page}`;
}
