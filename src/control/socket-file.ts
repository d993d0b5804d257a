import { chmod, chown, lstat, readFile, stat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { makeDirectories } from '../lib/directories.js';
import { FsError } from '../lib/errors.js';

/**
 * Makes room for a socket at `path`: its directory exists (0700 when made here), and the file of a daemon that
 * died is gone. Rejects with FsError EBUSY while a daemon answers there, EEXIST when something else is in the way.
 */
export async function claimSocketPath(path: string): Promise<void> {
  await makeDirectories(dirname(path), 0o700);
  const found = await lstat(path).catch(ignoreMissing);
  if (found === null) return;
  if (!found.isSocket()) {
    throw new FsError('EEXIST', `${path} is in the way: it is not a socket. Move it, or set control.socket`);
  }
  if (await answers(path)) {
    throw new FsError('EBUSY', `another daemon is running (it answers at ${path}); stop it first`);
  }
  await unlink(path).catch(ignoreMissing);
}

/** Opens the socket to its owner alone or, with a group (name or number), to its members too. */
export async function protectSocket(path: string, group: string | null): Promise<void> {
  if (group === null) {
    await chmod(path, 0o600);
    return;
  }
  const id = await groupId(group);
  await admitGroup(dirname(path), id);
  await chown(path, -1, id);
  await chmod(path, 0o660);
}

/** Lets a group through a directory that nobody else could enter; one that is open already stays as it is. */
async function admitGroup(directory: string, id: number): Promise<void> {
  const { mode } = await stat(directory);
  if ((mode & 0o011) !== 0) return;
  await chown(directory, -1, id);
  await chmod(directory, 0o710);
}

async function answers(path: string): Promise<boolean> {
  return await new Promise<boolean>((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      // A full queue of connections: somebody listens, and is busy.
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(new FsError('EACCES', `${path} cannot be asked: ${error.message}`, { cause: error }));
    });
  });
}

async function groupId(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group);
  const lines = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'));
  const id = lines.find(([name]) => name === group)?.[2];
  if (id === undefined) throw new FsError('EINVAL', `control.group: this machine has no group "${group}"`);
  return Number(id);
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
