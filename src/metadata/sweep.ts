import { FsError } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import type { DirectoryCache } from './directory-cache.js';
import type { Pins } from './pins.js';
import type { TreeStorage } from './tree-storage.js';

/** What was kept for nobody and went. */
export interface SweepReport {
  readonly directories: number;
  /** That were listed in them. */
  readonly entries: number;
}

interface SweepParts {
  readonly cache: DirectoryCache;
  readonly storage: TreeStorage;
  readonly pins: Pins;
}

/**
 * Forgets the stored listings of directories that no other listing leads to any more and that were made before
 * `listedBefore` (milliseconds since the epoch): one that has just moved may be found again. Never one that was met
 * since the start, because programs may have it open. Rejects with FsError EIO, and forgets nothing, when a listing
 * cannot be read: what stands below it would seem to have vanished.
 */
export async function sweep(
  parts: SweepParts,
  rootId: string,
  listedBefore: number,
  signal: AbortSignal,
): Promise<SweepReport> {
  const { cache, storage, pins } = parts;
  const stored = await storage.listedBefore(listedBefore);
  const reached = await reachable(parts, rootId, new Set(stored.map(({ id }) => id)), signal);
  const vanished = stored.filter(
    ({ id }) =>
      !reached.has(id) &&
      !isLocalId(id) &&
      pins.get(id) === undefined &&
      cache.directories.get(id) === undefined,
  );
  const report = {
    directories: vanished.length,
    entries: vanished.reduce((sum, { entries }) => sum + entries, 0),
  };
  await storage.sweep(vanished.map(({ id }) => id));
  cache.swept(report);
  return report;
}

/** The ids of all directories that known listings lead to. */
async function reachable(
  { storage, pins }: SweepParts,
  rootId: string,
  stored: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const reached = new Set([rootId]);
  const waiting = [rootId];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    signal.throwIfAborted();
    const listing = await storage.read(next);
    if (listing === null && stored.has(next))
      throw new FsError('EIO', 'a stored listing cannot be read: nothing was swept');
    for (const { kind, id } of pins.over(next, listing?.entries ?? [])) {
      if (kind === 'file' || reached.has(id)) continue;
      reached.add(id);
      waiting.push(id);
    }
  }
  return reached;
}
