import type { Call } from '../../lib/call.js';
import type { SearchInput, SearchMatch, SearchOutput } from '../../lib/tree-protocol.js';
import type { Node } from '../../metadata/node.js';
import { type KnownPlace, type KnownTrees, placeOf, surveyed, UnknownCount } from './known-trees.js';

/** Matches that are told where the request does not say. */
const LIMIT = 1000;

/** Finds names in what is known. Rejects as KnownTrees.places does. */
export async function searchTrees(
  trees: KnownTrees,
  { text, path, limit = LIMIT }: SearchInput,
  call: Call,
): Promise<SearchOutput> {
  const unknown = new UnknownCount();
  const words = folded(text).split(/\s+/).filter(Boolean);
  const matches: SearchMatch[] = [];
  let found = 0;
  for (const place of await trees.places(path, unknown, call)) {
    for await (const { children } of surveyed(place, unknown, call.signal)) {
      for (const node of children ?? []) {
        if (!hasAll(node.name, words)) continue;
        found += 1;
        if (matches.length < limit) matches.push(matchOf({ ...place, node }));
      }
    }
  }
  matches.sort((one, other) => (one.path < other.path ? -1 : 1));
  return { matches, found, unknown: unknown.told };
}

function hasAll(name: string, words: readonly string[]): boolean {
  const text = folded(name);
  return words.every((word) => text.includes(word));
}

/** Full-width letters and digits are common in Chinese names. */
function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function matchOf(place: KnownPlace): SearchMatch {
  const { entry }: Node = place.node;
  const size = entry.kind === 'file' ? entry.size : null;
  return { path: placeOf(place), kind: entry.kind, size, modifiedAt: entry.modifiedAt };
}
