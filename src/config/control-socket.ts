import { readFile } from 'node:fs/promises';
import { FsError } from '../lib/errors.js';
import { ConfigDocument } from './document.js';
import { configPath, defaultPaths, type Host } from './paths.js';

/**
 * Where the daemon's socket is. That the default configuration is missing, or wrong elsewhere, does not matter:
 * the daemon that runs may have read a better one. Rejects with FsError EINVAL when a file cannot be read.
 */
export async function controlSocket(path: string | null, host: Host): Promise<string> {
  const text = await readText(configPath(path, host), path === null);
  const written = new ConfigDocument(text).value();
  const socket = isRecord(written) && isRecord(written['control']) ? written['control']['socket'] : null;
  return typeof socket === 'string' && socket !== '' ? socket : defaultPaths(host).socket;
}

async function readText(path: string, mayBeMissing: boolean): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && mayBeMissing) return '';
    throw new FsError('EINVAL', `the configuration ${path} cannot be read: ${message}`, { cause: error });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
