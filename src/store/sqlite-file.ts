import { access, chmod, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeyvSqlite } from '@keyv/sqlite';
import { makeDirectories } from '../lib/directories.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { isDamage, storageError } from './storage-error.js';

const BUSY_TIMEOUT_MS = 5000;
/** The database and what SQLite keeps beside it. */
const SUFFIXES = ['', '-wal', '-shm'] as const;

const ROWS = 'SELECT count(*) FROM (SELECT 1 FROM keyv LIMIT 1)';
const OTHER_TABLES = "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name <> 'keyv'";

/** How a file on disk relates to what is wanted of it. */
type Finding = 'usable' | 'new' | 'older' | 'foreign';

interface Opened {
  readonly adapter: KeyvSqlite;
  readonly finding: Finding;
}

/**
 * Opens the SQLite file of a cache, whatever is there. An older version begins anew; a damaged or foreign file is
 * renamed to `<path>.damaged-<time>`, logged, and begun anew. Rejects with FsError EINVAL when a newer version
 * wrote it, EACCES, EBUSY or ENOSPC as the disk says.
 */
export async function openSqliteFile(env: Env, path: string, version: number): Promise<KeyvSqlite> {
  let opened = await tryOpen(path, version);
  if (opened.finding === 'older' || opened.finding === 'foreign') {
    await closeQuietly(opened.adapter);
    await clearAway(env, path, opened.finding);
    opened = await tryOpen(path, version);
  }
  if (opened.finding === 'usable') return opened.adapter;
  if (opened.finding === 'new') return await claim(opened.adapter, path, version);
  await closeQuietly(opened.adapter);
  throw new FsError('EIO', `state file ${path}: it cannot be begun anew`);
}

/** Renames a database with all that belongs to it; answers the new name. */
export async function setAside(env: Env, path: string): Promise<string> {
  const aside = `${path}.damaged-${new Date(env.clock.now()).toISOString().replaceAll(':', '')}`;
  for (const suffix of SUFFIXES) {
    if (await exists(path + suffix)) await rename(path + suffix, aside + suffix);
  }
  return aside;
}

async function clearAway(env: Env, path: string, finding: 'older' | 'foreign'): Promise<void> {
  if (finding === 'older') {
    for (const suffix of SUFFIXES) await rm(path + suffix, { force: true });
    env.log.info('state file of an older version: begun anew', { path });
    return;
  }
  const aside = await setAside(env, path);
  env.log.error('state file is damaged or not ours: set aside and begun anew', { path, aside });
}

async function claim(adapter: KeyvSqlite, path: string, version: number): Promise<KeyvSqlite> {
  try {
    await adapter.query(`PRAGMA user_version=${version}`);
    return adapter;
  } catch (error) {
    await closeQuietly(adapter);
    throw storageError(error, path);
  }
}

async function tryOpen(path: string, version: number): Promise<Opened> {
  // A log left behind means that nobody closed the file: only then is a full check worth its time.
  const unclean = await exists(`${path}-wal`);
  await createPrivately(path);
  const adapter = new KeyvSqlite({ uri: `sqlite://${path}`, busyTimeout: BUSY_TIMEOUT_MS });
  // The same error rejects the first query below; unheard, the event would end the process.
  adapter.on('error', () => undefined);
  try {
    await adapter.query('PRAGMA journal_mode=WAL');
    await adapter.query('PRAGMA synchronous=NORMAL');
    return { adapter, finding: await inspect(adapter, path, version, unclean) };
  } catch (error) {
    if (isDamage(error)) return { adapter, finding: 'foreign' };
    await closeQuietly(adapter);
    throw storageError(error, path);
  }
}

async function inspect(
  adapter: KeyvSqlite,
  path: string,
  version: number,
  unclean: boolean,
): Promise<Finding> {
  if (unclean && (await scalar(adapter, 'PRAGMA quick_check(1)')) !== 'ok') return 'foreign';
  const found = Number(await scalar(adapter, 'PRAGMA user_version'));
  if (found === version) return 'usable';
  if (found > version) {
    throw new FsError(
      'EINVAL',
      `state file ${path} was written by a newer panfuse (version ${found}, this one knows ${version}): ` +
        'upgrade panfuse, or move the file away to begin anew',
      { reason: 'refused' },
    );
  }
  if (found > 0) return 'older';
  const empty = (await scalar(adapter, OTHER_TABLES)) === 0 && (await scalar(adapter, ROWS)) === 0;
  return empty ? 'new' : 'foreign';
}

async function scalar(adapter: KeyvSqlite, sql: string): Promise<unknown> {
  const rows = (await adapter.query(sql)) as readonly Readonly<Record<string, unknown>>[];
  return Object.values(rows[0] ?? {})[0];
}

/** Links and tokens may be in it; SQLite gives the files beside it the same mode. */
async function createPrivately(path: string): Promise<void> {
  try {
    await makeDirectories(dirname(path), 0o700);
    await (await open(path, 'a', 0o600)).close();
    await chmod(path, 0o600);
  } catch (error) {
    throw storageError(error, path);
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function closeQuietly(adapter: KeyvSqlite): Promise<void> {
  // A file that could not be opened cannot be closed either; the reason for both is thrown by the caller.
  await adapter.close().catch(() => undefined);
}
