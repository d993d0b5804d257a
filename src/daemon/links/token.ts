import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';

const FILE = 'links-token';
const BYTES = 24;

/**
 * The token of the listener for players: that of the file `links-token` in the state folder, which is made (0600) when
 * there is none. Rejects with FsError EIO when it cannot be read or written.
 */
export async function loadLinkToken(env: Env, state: string): Promise<string> {
  const path = join(state, FILE);
  try {
    return (await storedToken(path)) ?? (await makeToken(env, path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new FsError('EIO', `${path}: the token for players cannot be kept (${code ?? 'unknown'})`, {
      cause: error,
    });
  }
}

/** Null when there is none. An empty one is of a process that was killed while it wrote. */
async function storedToken(path: string): Promise<string | null> {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    return token === '' ? null : token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function makeToken({ random }: Env, path: string): Promise<string> {
  const token = Buffer.from(random.bytes(BYTES)).toString('base64url');
  const file = await open(path, 'w', 0o600);
  try {
    // What lies there already may be open to others.
    await file.chmod(0o600);
    await file.writeFile(`${token}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return token;
}
