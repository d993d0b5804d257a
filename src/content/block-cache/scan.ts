import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CachedContent } from './cached-content.js';
import { parseSegmentFile, sizeInFolder } from './content-folder.js';
import type { Inventory } from './inventory.js';
import { codeOf } from './segment-files.js';

/** Files looked at together: enough to keep the disk busy, few enough to let readers pass. */
const AT_ONCE = 8;

/**
 * Enters in the inventory what lies in the cache's directory, without reading any data; what is not ours is left
 * alone. Stops early after an abort. Rejects as the system does.
 */
export async function scan(directory: string, inventory: Inventory, signal: AbortSignal): Promise<void> {
  for (const shard of await folders(directory)) {
    for (const name of await folders(join(directory, shard))) {
      if (signal.aborted) return;
      const size = sizeInFolder(name);
      if (size === null) continue;
      // As a reader of it: nobody may forget it meanwhile.
      const content = inventory.enter(`${shard}/${name}`, size);
      try {
        await scanContent(directory, content, inventory, signal);
      } finally {
        inventory.leave(content);
      }
    }
  }
  inventory.sort();
}

async function scanContent(
  directory: string,
  content: CachedContent,
  inventory: Inventory,
  signal: AbortSignal,
): Promise<void> {
  const folder = join(directory, content.folder);
  const names = (await entries(folder)).map(({ name }) => name);
  for (let start = 0; start < names.length && !signal.aborted; start += AT_ONCE) {
    const some = names.slice(start, start + AT_ONCE);
    await Promise.all(some.map((name) => scanFile(folder, name, content, inventory)));
  }
}

async function scanFile(
  folder: string,
  name: string,
  content: CachedContent,
  inventory: Inventory,
): Promise<void> {
  const parsed = parseSegmentFile(name);
  if (parsed === null) return;
  const found = await stat(join(folder, name)).catch(nullIfGone);
  if (found === null) return;
  const segment = content.segment(parsed.index, parsed.kind);
  // One that is in use knows better.
  if (segment.bytes > 0 || segment.known || segment.held) return;
  segment.noted(found.mtimeMs);
  inventory.resize(segment, found.blocks * 512);
}

async function folders(path: string): Promise<readonly string[]> {
  return (await entries(path)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Nothing where somebody has emptied the cache meanwhile. */
async function entries(path: string): Promise<readonly Dirent[]> {
  return (await readdir(path, { withFileTypes: true }).catch(nullIfGone)) ?? [];
}

function nullIfGone(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}
