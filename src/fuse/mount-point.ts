import { execFile } from 'node:child_process';
import { access, constants, opendir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { abortable } from '../lib/abortable.js';
import { makeDirectories } from '../lib/directories.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { mountAt } from './mount-table.js';

const run = promisify(execFile);

/** How long a file system that is already there may take to show that it lives, in milliseconds. */
const SIGN_OF_LIFE = 3000;
/** Mounts may lie on top of each other, one for each crash. */
const MOST_DEAD_MOUNTS = 16;

/**
 * Makes a path fit to mount on and returns it without symbolic links: creates the directory, detaches what a
 * crash has left there. Rejects with EBUSY when something is mounted there, ENOTDIR, or the errno of what failed.
 */
export async function prepareMountPoint(env: Env, path: string): Promise<string> {
  await detachDeadMounts(env, path);
  try {
    await makeDirectories(path);
    const real = await realpath(path);
    if (!(await stat(real)).isDirectory()) throw notDirectory(path);
    await refuseMounted(real);
    await refuseForeign(real);
    const hidden = await readdir(real);
    if (hidden.length > 0) {
      env.log.warn(`${path} is not empty: what it holds is hidden while the drive is mounted`, { path });
    }
    return real;
  } catch (error) {
    throw asFsError(path, error);
  }
}

/** Takes a mount out of the tree of directories; programs that use it keep what they have open. */
export async function detach(path: string): Promise<void> {
  try {
    await run('fusermount3', ['-u', '-z', '--', path], { timeout: 5000 });
  } catch (error) {
    throw new FsError('EBUSY', `${path} could not be unmounted: ${messageOf(error)}`, { cause: error });
  }
}

async function detachDeadMounts(env: Env, path: string): Promise<void> {
  for (let round = 0; round < MOST_DEAD_MOUNTS; round += 1) {
    if (!(await isDead(env, path))) return;
    env.log.warn(`${path} holds a mount whose daemon is gone: detaching it`, { path });
    await detach(await withoutLinks(path));
  }
}

async function isDead(env: Env, path: string): Promise<boolean> {
  const patience = new AbortController();
  const silent = new FsError('EBUSY', `${path} holds a mount that does not answer; unmount it first`);
  const timer = env.clock.after(SIGN_OF_LIFE, () => patience.abort(silent));
  try {
    // The kernel answers a stat from what it remembers for a while after the daemon has died; opening it asks.
    const directory = await abortable(patience.signal, opendir(path));
    await directory.close();
    return false;
  } catch (error) {
    if (error === silent) throw error;
    return codeOf(error) === 'ENOTCONN';
  } finally {
    timer.cancel();
  }
}

// The path itself cannot be asked while a dead mount lies on it.
async function withoutLinks(path: string): Promise<string> {
  return join(await realpath(dirname(path)), basename(path));
}

async function refuseMounted(path: string): Promise<void> {
  const mounted = await mountAt(path);
  if (mounted === null) return;
  if (mounted.type === 'fuse' || mounted.type.startsWith('fuse.')) {
    throw new FsError(
      'EBUSY',
      `${path} is in use: ${mounted.source} (${mounted.type}) is mounted there; fusermount3 -u ${path} ends it`,
    );
  }
  throw new FsError(
    'EBUSY',
    `${path} is itself a mount point (${mounted.type}); mount one level below, at ${join(path, 'panfuse')}`,
  );
}

/** What fusermount3 would refuse a user without a word of why. A read-only file system below is no obstacle. */
async function refuseForeign(path: string): Promise<void> {
  await access(path, constants.W_OK).catch((error: unknown) => {
    if (codeOf(error) === 'EACCES') throw error;
  });
}

function notDirectory(path: string): FsError {
  return new FsError('ENOTDIR', `${path} is not a directory: a mount point must be one`);
}

function asFsError(path: string, error: unknown): FsError {
  if (error instanceof FsError) return error;
  const code = codeOf(error);
  if (code === 'EEXIST' || code === 'ENOTDIR') return notDirectory(path);
  const words = `${path} cannot be a mount point: ${messageOf(error)}`;
  if (code === 'EACCES' || code === 'EPERM') {
    const advice = 'name one in your home, or make it yours: sudo mkdir -p, sudo chown';
    return new FsError('EACCES', `${words}; ${advice}`, { cause: error, reason: 'refused' });
  }
  return new FsError('EIO', words, { cause: error });
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
