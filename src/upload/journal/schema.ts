import { FsError } from '../../lib/errors.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** The statements that lead from each version to the next; the first makes the tables of a new file. */
export type Migrations = readonly (readonly string[])[];

export const MIGRATIONS: Migrations = [
  [
    'CREATE TABLE files (id TEXT NOT NULL UNIQUE, drive TEXT NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL)',
    'CREATE INDEX files_of_drive ON files (drive)',
    'CREATE TABLE changes (sequence INTEGER PRIMARY KEY AUTOINCREMENT, drive TEXT NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL)',
    'CREATE INDEX changes_of_drive ON changes (drive)',
  ],
  [
    'CREATE TABLE trash (id TEXT NOT NULL UNIQUE, drive TEXT NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL)',
    'CREATE INDEX trash_of_drive ON trash (drive)',
  ],
];

/** foreign: an SQLite file that is not a journal. */
export type Finding = 'journal' | 'empty' | 'foreign';

/** Brings a file to the newest version. Rejects with FsError EINVAL when a newer panfuse wrote it, else as SQLite does. */
export async function prepareSchema(
  connection: SqliteConnection,
  path: string,
  migrations: Migrations = MIGRATIONS,
): Promise<Finding> {
  const found = Number(await connection.scalar('PRAGMA user_version'));
  if (found > migrations.length) {
    throw new FsError(
      'EINVAL',
      `journal ${path} was written by a newer panfuse (version ${found}, this one knows ${migrations.length}): ` +
        'upgrade panfuse; files that wait for their upload are named in it',
      { reason: 'refused' },
    );
  }
  const tables = Number(await connection.scalar('SELECT count(*) FROM sqlite_master'));
  if (found === 0 && tables > 0) return 'foreign';
  for (const [index, statements] of migrations.entries()) {
    if (index >= found) await migrate(connection, index + 1, statements);
  }
  return found === 0 ? 'empty' : 'journal';
}

async function migrate(
  connection: SqliteConnection,
  version: number,
  statements: readonly string[],
): Promise<void> {
  await connection.run('BEGIN IMMEDIATE');
  try {
    for (const statement of statements) await connection.run(statement);
    await connection.run(`PRAGMA user_version=${version}`);
    await connection.run('COMMIT');
  } catch (error) {
    // SQLite may have rolled back by itself; the first error is the one to tell.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
