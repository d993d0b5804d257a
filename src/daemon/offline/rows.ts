import type { DirectoryEntry } from '../../driver/entry.js';
import type { StateStore } from '../../store/state-store.js';

/** A link or torrent that was asked for here: on disk before the cloud hears of it, until the cloud has forgotten it. */
export interface AskedTask {
  readonly account: string;
  /** Null until the cloud has answered. */
  readonly id: string | null;
  readonly link: string;
  readonly drive: string;
  /** The folder, and its path in the drive at that time. */
  readonly folder: DirectoryEntry;
  readonly path: string;
  /** Only some files of a torrent: the link alone would bring them all. */
  readonly isSelection: boolean;
  readonly state: 'open' | 'done' | 'failed';
}

/** What was asked for on one account, kept across restarts. Methods reject with FsError as the store does. */
export class AskedTasks {
  readonly #store: StateStore<AskedTask>;
  readonly #account: string;
  readonly #rows = new Map<string, AskedTask>();

  private constructor(store: StateStore<AskedTask>, account: string) {
    this.#store = store;
    this.#account = account;
  }

  static async open(store: StateStore<AskedTask>, account: string): Promise<AskedTasks> {
    const tasks = new AskedTasks(store, account);
    for (const [key, row] of await store.entries()) if (row.account === account) tasks.#rows.set(key, row);
    return tasks;
  }

  /** Those whose answer is not known, and those that the cloud has. */
  get all(): readonly AskedTask[] {
    return [...this.#rows.values()];
  }

  get(id: string): AskedTask | undefined {
    return this.#rows.get(this.#key(id));
  }

  async put(row: Omit<AskedTask, 'account'>): Promise<void> {
    const key = this.#key(row.id ?? row.link);
    const kept = { ...row, account: this.#account };
    this.#rows.set(key, kept);
    await this.#store.set(key, kept);
  }

  /** The cloud has answered: from now on it has this id. */
  async answered(link: string, id: string): Promise<void> {
    const row = this.#rows.get(this.#key(link));
    if (row === undefined) return;
    await this.put({ ...row, id });
    await this.#remove(this.#key(link));
  }

  /** By id, or by link while the answer is not known. */
  async remove(idOrLink: string): Promise<void> {
    await this.#remove(this.#key(idOrLink));
  }

  async #remove(key: string): Promise<void> {
    if (this.#rows.delete(key)) await this.#store.delete(key);
  }

  #key(idOrLink: string): string {
    return `${this.#account} ${idOrLink}`;
  }
}
