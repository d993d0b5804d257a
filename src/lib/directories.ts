import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it that are missing, each with `mode`. Rejects with what mkdir(2) says, EEXIST when
 * something else is there. Node's own recursive mkdir never ends where ENOENT is the answer in a directory that exists (/proc).
 */
export async function makeDirectories(path: string, mode = 0o777): Promise<void> {
  if (await isDirectory(path)) return;
  if (dirname(path) !== path) await makeDirectories(dirname(path), mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // Somebody else may have made it in between.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isDirectory(path))) throw error;
  }
}

/** What cannot be asked counts as missing: making it then says why. */
async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
