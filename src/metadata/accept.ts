import type { Entry } from '../driver/entry.js';
import type { DirectoryCache } from './directory-cache.js';
import type { ListingHeader } from './freshness.js';
import type { KnownDirectory, KnownFile } from './known-node.js';
import type { Listing, ListingChange } from './listing.js';
import type { TreeStorage } from './tree-storage.js';

/** A complete answer of the cloud, believed. */
export interface Answer {
  readonly entries: readonly Entry[];
  readonly header: (differs: boolean) => ListingHeader;
  readonly sequence: number;
}

/**
 * Makes an answer the listing of its directory. What is known in another directory has moved: where two listings
 * name one id the newer is right, and the other is believed no longer.
 */
export async function acceptAnswer(
  cache: DirectoryCache,
  storage: TreeStorage,
  directory: KnownDirectory,
  answer: Answer,
  now: number,
): Promise<ListingChange> {
  const before = await cache.read(directory);
  const places = await storage.elsewhere(strangersIn(answer.entries, before), directory.entry.id);
  const { arrived, stayed } = await judge(storage, places, answer.sequence);
  const strangers = new Map<string, KnownFile>();
  for (const [other, ids] of arrived) {
    for (const file of cache.filesInMemory(other, ids)) strangers.set(file.entry.id, file);
  }
  const change = await cache.update(
    directory,
    () => ({
      header: (differs) => (stayed.size > 0 ? expired(answer.header(differs)) : answer.header(differs)),
      entries: answer.entries.filter((entry) => !stayed.has(entry.id)),
      moved: arrived.size > 0,
    }),
    strangers,
  );
  for (const [other, ids] of arrived) await cache.withdraw(other, ids, now);
  return change;
}

function strangersIn(entries: readonly Entry[], before: Listing | null): string[] {
  const known = new Set<string>();
  for (const node of before?.nodes.values() ?? []) known.add(node.entry.id);
  return entries.filter((entry) => !known.has(entry.id)).map((entry) => entry.id);
}

/** Splits ids that stand elsewhere into those that came from there and those that a newer listing has seen there. */
async function judge(
  storage: TreeStorage,
  places: ReadonlyMap<string, string>,
  sequence: number,
): Promise<{ readonly arrived: Map<string, Set<string>>; readonly stayed: Set<string> }> {
  const arrived = new Map<string, Set<string>>();
  const stayed = new Set<string>();
  const newer = new Map<string, boolean>();
  for (const [id, other] of places) {
    if (!newer.has(other)) newer.set(other, ((await storage.read(other))?.header.sequence ?? 0) > sequence);
    if (newer.get(other) === true) stayed.add(id);
    else arrived.set(other, (arrived.get(other) ?? new Set()).add(id));
  }
  return { arrived, stayed };
}

function expired(header: ListingHeader): ListingHeader {
  return { ...header, expiresAt: header.listedAt };
}
