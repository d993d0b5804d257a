import type { FileEntry } from '../../driver/entry.js';
import type { Call } from '../../lib/call.js';
import type { DuplicateGroup, DuplicatesInput, DuplicatesOutput } from '../../lib/tree-protocol.js';
import { type KnownPlace, type KnownTrees, placeOf, surveyed, UnknownCount } from './known-trees.js';

/** Groups that are told where the request does not say. */
const LIMIT = 1000;
/** Digits of a hash that fit into a number exactly: a million numbers take far less memory than a million hashes. */
const DIGITS = 12;

/** Files with the same bytes, while they are looked for. */
interface Group {
  readonly size: number;
  readonly hash: string;
  readonly paths: string[];
  /** Two drives may show the same file. */
  readonly ids: Set<string>;
}

interface FoundFile {
  readonly place: KnownPlace;
  readonly entry: FileEntry;
}

/** Finds files with the same hash and size in what is known. Rejects as KnownTrees.places does. */
export async function duplicatesInTrees(
  trees: KnownTrees,
  { path, smallest = 1, limit = LIMIT }: DuplicatesInput,
  call: Call,
): Promise<DuplicatesOutput> {
  const unknown = new UnknownCount();
  const places = await trees.places(path, unknown, call);
  const { repeated, unhashed } = await repeatedHashes(filesIn(places, smallest, unknown, call.signal));
  const groups = await groupsOf(filesIn(places, smallest, new UnknownCount(), call.signal), repeated);
  const told = groups.slice(0, limit).map(({ size, hash, paths }) => ({ size, hash, paths: paths.sort() }));
  const wasted = groups.reduce((sum, group) => sum + wastedBy(group), 0);
  return { groups: told, found: groups.length, wasted, unhashed, unknown: unknown.told };
}

async function* filesIn(
  places: readonly KnownPlace[],
  smallest: number,
  unknown: UnknownCount,
  signal: AbortSignal,
): AsyncGenerator<FoundFile, void> {
  for (const place of places) {
    for await (const { children } of surveyed(place, unknown, signal)) {
      for (const node of children ?? []) {
        if (node.kind === 'directory' || node.entry.size < smallest) continue;
        yield { place: { ...place, node }, entry: node.entry };
      }
    }
  }
}

/** Beginnings of hashes that came more than once: some of the files behind them may differ all the same. */
async function repeatedHashes(
  files: AsyncIterable<FoundFile>,
): Promise<{ readonly repeated: ReadonlySet<number>; readonly unhashed: number }> {
  const seen = new Set<number>();
  const repeated = new Set<number>();
  let unhashed = 0;
  for await (const { entry } of files) {
    const beginning = beginningOf(entry);
    if (beginning === null) unhashed += 1;
    else if (seen.has(beginning)) repeated.add(beginning);
    else seen.add(beginning);
  }
  return { repeated, unhashed };
}

/** The groups of at least two, the most wasteful first. */
async function groupsOf(
  files: AsyncIterable<FoundFile>,
  repeated: ReadonlySet<number>,
): Promise<readonly Group[]> {
  const groups = new Map<string, Group>();
  for await (const { place, entry } of files) {
    const beginning = beginningOf(entry);
    if (entry.hash === null || beginning === null || !repeated.has(beginning)) continue;
    const hash = `${entry.hash.kind} ${entry.hash.value}`;
    const key = `${hash} ${entry.size}`;
    const group = groups.get(key) ?? { size: entry.size, hash, paths: [], ids: new Set() };
    groups.set(key, group);
    const id = `${place.drive.account.name} ${entry.id}`;
    if (group.ids.has(id)) continue;
    group.ids.add(id);
    group.paths.push(placeOf(place));
  }
  const several = [...groups.values()].filter(({ paths }) => paths.length > 1);
  return several.sort((one, other) => wastedBy(other) - wastedBy(one));
}

function beginningOf({ hash }: FileEntry): number | null {
  return hash === null ? null : Number.parseInt(hash.value.slice(0, DIGITS), 16);
}

function wastedBy({ size, paths }: Pick<DuplicateGroup, 'size' | 'paths'>): number {
  return size * (paths.length - 1);
}
