import type { Entry } from '../../../src/driver/entry.js';
import type { Seed } from './subject.js';

/** Ids in ascending order. */
export function idsOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ id }) => id).sort();
}

/** The same entries in the order of their ids. */
export function byId(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What every answer about an entry must agree on; times and attributes may be told later. */
export function identity({
  id,
  parentId,
  name,
  kind,
}: Entry): Pick<Entry, 'id' | 'parentId' | 'name' | 'kind'> {
  return { id, parentId, name, kind };
}

/** The suite's own small files. */
export function numbered(count: number): readonly Seed[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'file',
    name: `${index}.txt`,
    size: index % 7,
  }));
}

/** Calls `body` with at most `limit` entries at a time. */
export async function inBatches(
  entries: readonly Entry[],
  limit: number,
  body: (batch: readonly Entry[]) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < entries.length; start += limit) await body(entries.slice(start, start + limit));
}
