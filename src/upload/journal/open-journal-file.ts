import { chmod, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectories } from '../../lib/directories.js';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { setAside } from '../../store/sqlite-file.js';
import { isDamage, storageError } from '../../store/storage-error.js';
import { prepareSchema } from './schema.js';
import { SqliteConnection } from './sqlite-connection.js';

const BUSY_TIMEOUT_MS = 5000;

/** found: it was there. made: there was none. damaged: it could not be read, was set aside and begun anew. */
export type Beginning = 'found' | 'made' | 'damaged';

export interface JournalFile {
  readonly connection: SqliteConnection;
  readonly beginning: Beginning;
}

/**
 * Opens or makes the SQLite file, readable by its owner alone. One that is damaged or not a journal is renamed to
 * `<path>.damaged-<time>` and logged. Rejects with FsError EINVAL when a newer version wrote it, EACCES, EBUSY or
 * ENOSPC as the disk says.
 */
export async function openJournalFile(env: Env, path: string): Promise<JournalFile> {
  const opened = await tryOpen(path);
  if (opened !== 'damaged') return opened;
  const aside = await setAside(env, path);
  env.log.error(
    'the journal of what waits for its upload is damaged: set aside and begun anew; the bytes are in the spool',
    { path, aside },
  );
  const anew = await tryOpen(path);
  if (anew === 'damaged') throw new FsError('EIO', `journal ${path}: it cannot be begun anew`);
  return { ...anew, beginning: 'damaged' };
}

async function tryOpen(path: string): Promise<JournalFile | 'damaged'> {
  let connection: SqliteConnection | null = null;
  try {
    await makePrivately(path);
    connection = await SqliteConnection.open(path);
    const finding = await inspect(connection, path);
    if (finding !== 'foreign') return { connection, beginning: finding === 'empty' ? 'made' : 'found' };
    await connection.close();
    return 'damaged';
  } catch (error) {
    // What could not be read cannot be closed either; the reason for both is the first error.
    await connection?.close().catch(() => undefined);
    if (isDamage(error)) return 'damaged';
    throw storageError(error, path);
  }
}

async function inspect(connection: SqliteConnection, path: string): Promise<'journal' | 'empty' | 'foreign'> {
  await connection.run(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
  await connection.run('PRAGMA journal_mode=WAL');
  await connection.run('PRAGMA synchronous=FULL');
  if ((await connection.scalar('PRAGMA quick_check(1)')) !== 'ok') return 'foreign';
  return await prepareSchema(connection, path);
}

/** Names and links of a person's files are in it; SQLite gives the files beside it the same mode. */
async function makePrivately(path: string): Promise<void> {
  await makeDirectories(dirname(path), 0o700);
  await (await open(path, 'a', 0o600)).close();
  await chmod(path, 0o600);
}
