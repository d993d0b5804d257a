import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { storageError } from '../../store/storage-error.js';
import { CommitQueue, type Durability, type Extent } from './commit-queue.js';
import { type DamagedFile, type JournalRows, SqliteRows } from './journal-rows.js';
import { type Beginning, type JournalFile, openJournalFile } from './open-journal-file.js';
import type { ChangePatch, ChangeRow, FilePatch, FileRow, NewChange, TrashRow } from './rows.js';
import type { SqliteConnection } from './sqlite-connection.js';

/**
 * What the clouds are owed, of all drives: one SQLite file. What is answered survives a power cut. Everything runs in
 * the order asked; what is asked together shares one wait for the disk.
 */
export class Journal implements JournalRows {
  /** What was there when it was opened. Unless `found`, spool files may lie there that it does not know. */
  readonly beginning: Beginning;
  readonly #env: Env;
  readonly #path: string;
  readonly #connection: SqliteConnection;
  readonly #queue: CommitQueue;
  readonly #rows: SqliteRows;
  #closed = false;

  private constructor(env: Env, path: string, { connection, beginning }: JournalFile) {
    this.beginning = beginning;
    this.#env = env;
    this.#path = path;
    this.#connection = connection;
    this.#queue = new CommitQueue(connection);
    this.#rows = new SqliteRows(connection);
  }

  /**
   * Opens or makes the file. A damaged one is set aside and logged; a damaged change, or thing in the trash, is logged
   * and forgotten. Rejects with FsError EINVAL when a newer version wrote it, EACCES, EBUSY or ENOSPC when the disk does
   * not let it be opened.
   */
  static async open(env: Env, path: string): Promise<Journal> {
    const journal = new Journal(env, path, await openJournalFile(env, path));
    await journal.#forgetDamagedChanges();
    await journal.#forgetDamagedTrash();
    return journal;
  }

  files(drive: string): Promise<readonly FileRow[]> {
    return this.#together('kept', (rows) => rows.files(drive));
  }

  file(id: string): Promise<FileRow | null> {
    return this.#together('kept', (rows) => rows.file(id));
  }

  putFile(row: FileRow): Promise<void> {
    return this.#together('synced', (rows) => rows.putFile(row));
  }

  /** As `putFile`, but answered before it survives a power cut: the end of the process alone does not lose it. */
  noteFile(row: FileRow): Promise<void> {
    return this.#together('kept', (rows) => rows.putFile(row));
  }

  patchFile(id: string, patch: FilePatch, generation?: number): Promise<FileRow | null> {
    return this.#together('synced', (rows) => rows.patchFile(id, patch, generation));
  }

  removeFile(id: string): Promise<void> {
    return this.#together('synced', (rows) => rows.removeFile(id));
  }

  changes(drive: string): Promise<readonly ChangeRow[]> {
    return this.#together('kept', (rows) => rows.changes(drive));
  }

  addChange(change: NewChange): Promise<ChangeRow> {
    return this.#together('synced', (rows) => rows.addChange(change), 'several');
  }

  patchChange(sequence: number, patch: ChangePatch): Promise<ChangeRow | null> {
    return this.#together('synced', (rows) => rows.patchChange(sequence, patch));
  }

  removeChanges(sequences: readonly number[]): Promise<void> {
    return this.#together('synced', (rows) => rows.removeChanges(sequences));
  }

  trash(drive: string): Promise<readonly TrashRow[]> {
    return this.#together('kept', (rows) => rows.trash(drive));
  }

  putTrash(row: TrashRow): Promise<void> {
    return this.#together('synced', (rows) => rows.putTrash(row));
  }

  removeTrash(id: string): Promise<void> {
    return this.#together('synced', (rows) => rows.removeTrash(id));
  }

  /** The files whose rows are not what was written: nothing else answers them. */
  damagedFiles(): Promise<readonly DamagedFile[]> {
    return this.#together('kept', (rows) => rows.damagedFiles());
  }

  /**
   * All that the work does through `rows`, or nothing of it when it rejects. Never wait inside for another method of
   * the journal: it would wait for the work.
   */
  async transaction<T>(work: (rows: JournalRows) => Promise<T>): Promise<T> {
    return await this.#guard(() => this.#queue.run('synced', 'alone', () => work(this.#rows)));
  }

  /** Resolves when everything asked before is on the disk. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.idle();
    try {
      await this.#connection.close();
    } catch (error) {
      throw storageError(error, this.#path);
    }
  }

  async #together<T>(
    durability: Durability,
    work: (rows: SqliteRows) => Promise<T>,
    extent: Extent = 'one',
  ): Promise<T> {
    return await this.#guard(() => this.#queue.run(durability, extent, () => work(this.#rows)));
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new FsError('EIO', `journal ${this.#path} is closed`);
    try {
      return await work();
    } catch (error) {
      throw storageError(error, this.#path);
    }
  }

  async #forgetDamagedChanges(): Promise<void> {
    const damaged = await this.#together('kept', (rows) => rows.damagedChanges());
    if (damaged.length === 0) return;
    for (const { sequence, drive, body } of damaged) {
      this.#env.log.error('a change that the cloud was owed is damaged in the journal: it is forgotten', {
        ...{ path: this.#path, drive, sequence, body },
      });
    }
    await this.removeChanges(damaged.map(({ sequence }) => sequence));
  }

  async #forgetDamagedTrash(): Promise<void> {
    const damaged = await this.#together('kept', (rows) => rows.damagedTrash());
    for (const { id, drive, body } of damaged) {
      const message =
        'something in the trash is damaged in the journal: it is shown no more, and stays in the recycle bin';
      this.#env.log.error(message, { path: this.#path, drive, body });
      await this.removeTrash(id);
    }
  }
}
