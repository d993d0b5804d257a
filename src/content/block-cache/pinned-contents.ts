import type { StateStore } from '../../store/state-store.js';

/** A content that stays in the cache, and what it was called when it was pinned. */
export interface PinnedContent {
  /** What tells its bytes apart from all others (contentKey). */
  readonly key: string;
  /** Where its segments lie, below the cache's directory. */
  readonly folder: string;
  /** Bytes of the content. */
  readonly size: number;
  readonly drive: string;
  /** Absolute inside the drive. */
  readonly path: string;
}

/** The contents that are never evicted, remembered across restarts. */
export class PinnedContents {
  readonly #rows: StateStore<PinnedContent>;
  readonly #byFolder: Map<string, PinnedContent>;

  private constructor(rows: StateStore<PinnedContent>, byFolder: Map<string, PinnedContent>) {
    this.#rows = rows;
    this.#byFolder = byFolder;
  }

  /** Rejects with FsError when they cannot be read. */
  static async open(rows: StateStore<PinnedContent>): Promise<PinnedContents> {
    return new PinnedContents(rows, new Map(await rows.entries()));
  }

  has(folder: string): boolean {
    return this.#byFolder.has(folder);
  }

  get all(): readonly PinnedContent[] {
    return [...this.#byFolder.values()];
  }

  /** Bytes of all of them, cached or not. */
  get bytes(): number {
    return this.all.reduce((sum, { size }) => sum + size, 0);
  }

  /** Resolves when it is remembered. Rejects with FsError. */
  async add(pin: PinnedContent): Promise<void> {
    await this.#rows.set(pin.folder, pin);
    this.#byFolder.set(pin.folder, pin);
  }

  /** It may be evicted again. Rejects with FsError. */
  async remove(folder: string): Promise<void> {
    await this.#rows.delete(folder);
    this.#byFolder.delete(folder);
  }
}
