import { readFile } from 'node:fs/promises';
import { ConfigDocument } from './document.js';
import { configPath, defaultPaths, type Host } from './paths.js';

/**
 * Where the daemon's socket is. A configuration that is missing, or wrong elsewhere, does not matter:
 * the daemon that runs may have read a better one. Rejects when the file cannot be read.
 */
export async function controlSocket(path: string | null, host: Host): Promise<string> {
  const text = await readFile(configPath(path, host), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const written = new ConfigDocument(text).value() as {
    readonly control?: { readonly socket?: unknown };
  } | null;
  const socket = written?.control?.socket;
  return typeof socket === 'string' && socket !== '' ? socket : defaultPaths(host).socket;
}
