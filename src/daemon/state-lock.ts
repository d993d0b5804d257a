import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectories } from '../lib/directories.js';
import { FsError } from '../lib/errors.js';
import { storageError } from '../store/storage-error.js';
import { SqliteConnection } from '../upload/journal/sqlite-connection.js';

/** A daemon that is just ending is waited for. */
const PATIENCE = 2000;

/** The right to use a state folder: one daemon has it. The system takes it from a process that ends in any way. */
export class StateLock {
  #connection: SqliteConnection | null;

  private constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /**
   * Makes the folder when it is missing. Rejects with FsError EBUSY while another daemon has it, EACCES or ENOSPC as
   * the disk says.
   */
  static async take(folder: string): Promise<StateLock> {
    // SQLite's locks on an empty file: Node has none of its own that end with the process.
    const path = join(folder, 'daemon.lock');
    let connection: SqliteConnection | null = null;
    try {
      await makeDirectories(folder, 0o700);
      await (await open(path, 'a', 0o600)).close();
      connection = await SqliteConnection.open(path);
      await connection.run(`PRAGMA busy_timeout=${PATIENCE}`);
      await connection.run('BEGIN EXCLUSIVE');
      return new StateLock(connection);
    } catch (thrown) {
      await connection?.close();
      const error = storageError(thrown, path);
      if (error.errno !== 'EBUSY') throw error;
      throw new FsError(
        'EBUSY',
        `another daemon is running on ${folder}: ask it (panfuse status) or stop it, or give this one a state.path of its own`,
        { cause: thrown },
      );
    }
  }

  /** Safe to call twice. */
  async release(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
  }
}
