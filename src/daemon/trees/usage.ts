import type { Call } from '../../lib/call.js';
import type { UsageInput, UsageOutput, UsageRow } from '../../lib/tree-protocol.js';
import type { DirectoryNode, Node } from '../../metadata/node.js';
import { type KnownPlace, type KnownTrees, placeOf, surveyed, UnknownCount } from './known-trees.js';

/** What a folder holds, while it is counted. */
interface Totals {
  bytes: number;
  files: number;
  directories: number;
  unknown: number;
}

/** Adds up what is known to be in folders. Rejects as KnownTrees.places does. */
export async function usageOfTrees(
  trees: KnownTrees,
  { path, depth = 1 }: UsageInput,
  call: Call,
): Promise<UsageOutput> {
  const unknown = new UnknownCount();
  const rows: UsageRow[] = [];
  for (const place of await trees.places(path, unknown, call))
    rows.push(...(await usageOf(place, depth, unknown, call.signal)));
  return { rows, unknown: unknown.told };
}

/** The rows of one place, its own last. */
async function usageOf(
  place: KnownPlace,
  depth: number,
  unknown: UnknownCount,
  signal: AbortSignal,
): Promise<readonly UsageRow[]> {
  const counted = new Map<Node, Totals>([[place.node, noTotals()]]);
  for await (const { directory, children } of surveyed(place, unknown, signal)) {
    const above = [...ancestors(directory, place.node)];
    // From the place down: its own row, then one for each level that is asked for.
    const shown = place.node.kind === 'file' ? [place.node] : above.reverse().slice(0, depth + 1);
    const own = totalsOf(children);
    for (const node of shown) add(counted, node, own);
  }
  const rows = [...counted].map(([node, totals]) => ({ path: placeOf({ ...place, node }), ...totals }));
  const [total, ...parts] = rows;
  parts.sort((one, other) => other.bytes - one.bytes);
  return total === undefined ? parts : [...parts, total];
}

/** A directory and those above it, up to the place that is looked at. */
function* ancestors(directory: DirectoryNode, top: Node): Generator<DirectoryNode> {
  for (let at: DirectoryNode | null = directory; at !== null; at = at.parent) {
    yield at;
    if (at === top) return;
  }
}

function totalsOf(children: readonly Node[] | null): Totals {
  const totals = { ...noTotals(), unknown: children === null ? 1 : 0 };
  for (const { entry } of children ?? []) {
    if (entry.kind === 'directory') {
      totals.directories += 1;
      continue;
    }
    totals.files += 1;
    totals.bytes += entry.size;
  }
  return totals;
}

function add(counted: Map<Node, Totals>, node: Node, more: Totals): void {
  const totals = counted.get(node) ?? noTotals();
  totals.bytes += more.bytes;
  totals.files += more.files;
  totals.directories += more.directories;
  totals.unknown += more.unknown;
  counted.set(node, totals);
}

function noTotals(): Totals {
  return { bytes: 0, files: 0, directories: 0, unknown: 0 };
}
