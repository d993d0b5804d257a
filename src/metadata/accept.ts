import type { Entry } from '../driver/entry.js';
import type { DirectoryCache } from './directory-cache.js';
import type { ListingHeader } from './freshness.js';
import type { KnownDirectory, KnownFile } from './known-node.js';
import { entriesOf, type Listing, type ListingChange } from './listing.js';
import type { Pins } from './pins.js';
import type { TreeStorage } from './tree-storage.js';

/** A complete answer of the cloud, believed. */
export interface Answer {
  readonly entries: readonly Entry[];
  readonly header: (differs: boolean) => ListingHeader;
  readonly sequence: number;
  /** When the question was begun, on the monotonic clock. */
  readonly begunAt: number;
}

interface AcceptParts {
  readonly cache: DirectoryCache;
  readonly storage: TreeStorage;
  readonly pins: Pins;
}

/**
 * Makes an answer the listing of its directory. What is known in another directory has moved: where two listings
 * name one id the newer is right, and the other is believed no longer. What was changed here stays as it is shown.
 */
export async function acceptAnswer(
  { cache, storage, pins }: AcceptParts,
  directory: KnownDirectory,
  answer: Answer,
  now: number,
): Promise<ListingChange> {
  const before = await cache.read(directory);
  const believed = answer.entries.filter(({ id }) => !pins.counts(id, answer.begunAt));
  const places = await storage.elsewhere(strangersIn(believed, before), directory.entry.id);
  const { arrived, stayed } = await judge(storage, places, answer.sequence);
  const strangers = new Map<string, KnownFile>();
  for (const [other, ids] of arrived) {
    for (const file of cache.filesInMemory(other, ids)) strangers.set(file.entry.id, file);
  }
  const change = await cache.update(
    directory,
    (known) => {
      const kept = directoriesInUse(cache, known, answer.entries);
      const entries = answer.entries.filter((entry) => !stayed.has(entry.id));
      return {
        header: (differs) => (stayed.size > 0 ? expired(answer.header(differs)) : answer.header(differs)),
        entries: pins.judge(directory.entry.id, [...entries, ...kept], answer.begunAt),
        moved: arrived.size > 0,
      };
    },
    strangers,
  );
  for (const [other, ids] of arrived) await cache.withdraw(other, ids, now);
  return change;
}

/** Directories that the cloud lists no longer, but below which something waits to reach it. */
function directoriesInUse(cache: DirectoryCache, known: Listing | null, answer: readonly Entry[]): Entry[] {
  const holding = cache.directories.holdingUnconfirmed();
  if (known === null || holding.size === 0) return [];
  const listed = new Set(answer.map(({ id }) => id));
  return entriesOf(known).filter(({ id }) => holding.has(id) && !listed.has(id));
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
