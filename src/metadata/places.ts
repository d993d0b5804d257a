import type { StateDatabase } from '../store/state-database.js';
import type { ListingHeader } from './freshness.js';

/** What is known of a drive, summed up. */
export interface KnownSummary {
  readonly directories: number;
  readonly entries: number;
  /** When the oldest listing was made, milliseconds since the epoch; null when there is none. */
  readonly oldestListing: number | null;
  /** The newest listing's number. */
  readonly sequence: number;
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS tree_places
     (drive TEXT NOT NULL, id TEXT NOT NULL, directory TEXT NOT NULL, PRIMARY KEY (drive, id)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS tree_listings
     (drive TEXT NOT NULL, id TEXT NOT NULL, listed_at INTEGER NOT NULL, sequence INTEGER NOT NULL,
      entries INTEGER NOT NULL, PRIMARY KEY (drive, id)) WITHOUT ROWID`,
];

const IDS_PER_QUERY = 5000;

/** Tables beside the rows: in which directory an id stands, and which directories are known. A million ids are too many for memory. */
export class Places {
  readonly #database: StateDatabase;
  readonly #drive: string;

  constructor(database: StateDatabase, drive: string) {
    this.#database = database;
    this.#drive = drive;
  }

  async prepare(): Promise<void> {
    for (const table of TABLES) await this.#database.query(table);
  }

  /** The directories of those ids that stand in another directory than this one. */
  async elsewhere(ids: readonly string[], directory: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
      const rows = await this.#database.query<{ id: string; directory: string }>(
        `SELECT id, directory FROM tree_places
         WHERE drive = ? AND id IN (SELECT value FROM json_each(?)) AND directory <> ?`,
        [this.#drive, JSON.stringify(ids.slice(at, at + IDS_PER_QUERY)), directory],
      );
      for (const row of rows) found.set(row.id, row.directory);
    }
    return found;
  }

  async add(ids: readonly string[], directory: string): Promise<void> {
    for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
      await this.#database.query(
        'INSERT OR REPLACE INTO tree_places (drive, id, directory) SELECT ?, value, ? FROM json_each(?)',
        [this.#drive, directory, JSON.stringify(ids.slice(at, at + IDS_PER_QUERY))],
      );
    }
  }

  /** Forgets ids that still stand in this directory; those that moved on are left alone. */
  async remove(ids: readonly string[], directory: string): Promise<void> {
    for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
      await this.#database.query(
        `DELETE FROM tree_places
         WHERE drive = ? AND id IN (SELECT value FROM json_each(?)) AND directory = ?`,
        [this.#drive, JSON.stringify(ids.slice(at, at + IDS_PER_QUERY)), directory],
      );
    }
  }

  async record(directory: string, header: ListingHeader, entries: number): Promise<void> {
    await this.#database.query(
      'INSERT OR REPLACE INTO tree_listings (drive, id, listed_at, sequence, entries) VALUES (?, ?, ?, ?, ?)',
      [this.#drive, directory, header.listedAt, header.sequence, entries],
    );
  }

  /** The directories that were local when they were recorded. */
  async localDirectories(): Promise<readonly string[]> {
    const rows = await this.#database.query<{ id: string }>(
      `SELECT id FROM tree_listings WHERE drive = ? AND id LIKE 'local-%'`,
      [this.#drive],
    );
    return rows.map(({ id }) => id);
  }

  /** Forgets that a directory was listed. */
  async forget(directory: string): Promise<void> {
    await this.#database.query('DELETE FROM tree_listings WHERE drive = ? AND id = ?', [
      this.#drive,
      directory,
    ]);
  }

  /** The directories that were listed before a time (milliseconds since the epoch), and how many entries each had. */
  async listedBefore(time: number): Promise<readonly { readonly id: string; readonly entries: number }[]> {
    return await this.#database.query<{ id: string; entries: number }>(
      'SELECT id, entries FROM tree_listings WHERE drive = ? AND listed_at < ?',
      [this.#drive, time],
    );
  }

  /** Forgets all ids that stand in these directories; looks through all rows. */
  async removeAllIn(directories: readonly string[]): Promise<void> {
    await this.#database.query(
      'DELETE FROM tree_places WHERE drive = ? AND directory IN (SELECT value FROM json_each(?))',
      [this.#drive, JSON.stringify(directories)],
    );
  }

  async summary(): Promise<KnownSummary> {
    const rows = await this.#database.query<KnownSummary>(
      `SELECT count(*) AS directories, coalesce(sum(entries), 0) AS entries, min(listed_at) AS oldestListing,
              coalesce(max(sequence), 0) AS sequence
       FROM tree_listings WHERE drive = ?`,
      [this.#drive],
    );
    return rows[0] ?? { directories: 0, entries: 0, oldestListing: null, sequence: 0 };
  }

  async clear(): Promise<void> {
    await this.#database.query('DELETE FROM tree_places WHERE drive = ?', [this.#drive]);
    await this.#database.query('DELETE FROM tree_listings WHERE drive = ?', [this.#drive]);
  }
}
