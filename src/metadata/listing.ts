import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entry } from '../driver/entry.js';
import type { ListingHeader } from './freshness.js';
import { KnownFile, type KnownDirectory } from './known-node.js';
import { Naming } from './naming.js';
import type { Node } from './node.js';

/** The children of one directory as they were once listed; never changed, only replaced. */
export interface Listing {
  readonly header: ListingHeader;
  readonly nodes: ReadonlyMap<string, Node>;
}

/** What a new listing changed. */
export interface ListingChange {
  readonly entries: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Paths whose meaning is another one than before; none at the first listing. */
  readonly paths: readonly string[];
}

/** A child whose node is to be touched or made when the listing becomes known. */
export interface Placement {
  readonly entry: Entry;
  readonly name: string;
  /** The node that stood for a file before. */
  readonly file: KnownFile | undefined;
}

/** A listing in the making: compared with the one before, but nothing touched yet. */
export interface ListingPlan {
  /** Files that are new, or as they were. */
  readonly settled: Map<string, Node>;
  /** Files that have changed or moved here, and all directories. */
  readonly placements: readonly Placement[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: number;
  /** Names that mean something else than before, or nothing any more. */
  readonly names: ReadonlySet<string>;
}

/** What a plan starts from. */
export interface PlanStart {
  readonly parent: KnownDirectory;
  readonly entries: readonly Entry[];
  readonly before: Listing | null;
  /** Files by id that stood in another directory. */
  readonly strangers: ReadonlyMap<string, KnownFile>;
}

interface Known {
  readonly node: Node;
  readonly name: string;
}

const ITEMS_PER_TURN = 2000;

/** Compares entries with what was known; lets others run in between, because directories may be very large. */
export async function planListing(start: PlanStart): Promise<ListingPlan> {
  const { parent, entries, before, strangers } = start;
  const known = new Map<string, Known>();
  for (const [name, node] of before?.nodes ?? []) known.set(node.entry.id, { node, name });
  const legal = await namesOf(entries);
  const settled = new Map<string, Node>();
  const placements: Placement[] = [];
  const added: string[] = [];
  const names = new Set<string>();
  let changed = 0;
  await inTurns(entries, (entry) => {
    const name = legal.get(entry.id) ?? entry.id;
    const old = known.get(entry.id);
    known.delete(entry.id);
    const isSame = old !== undefined && old.name === name && sameEntry(old.node.entry, entry);
    if (old === undefined) added.push(entry.id);
    else if (!isSame) changed += 1;
    if (!isSame) names.add(name).add(old?.name ?? name);
    const file = old?.node instanceof KnownFile ? old.node : strangers.get(entry.id);
    if (entry.kind === 'directory') placements.push({ entry, name, file: undefined });
    else if (isSame && file !== undefined) settled.set(name, file);
    else if (file === undefined) settled.set(name, new KnownFile(entry, name, parent));
    else placements.push({ entry, name, file });
  });
  for (const { name } of known.values()) names.add(name);
  return { settled, placements, added, removed: [...known.keys()], changed, names };
}

async function namesOf(entries: readonly Entry[]): Promise<ReadonlyMap<string, string>> {
  const naming = new Naming();
  await inTurns(entries, (entry) => naming.add(entry));
  return naming.names();
}

async function inTurns<T>(items: readonly T[], each: (item: T) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await nextTurn();
    each(item);
  }
}

/** Whether two reports of one object say the same. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (a.id !== b.id || a.name !== b.name || a.parentId !== b.parentId) return false;
  if (a.modifiedAt !== b.modifiedAt || a.createdAt !== b.createdAt) return false;
  if (!sameAttributes(a.attributes, b.attributes)) return false;
  if (a.kind === 'directory' || b.kind === 'directory') return a.kind === b.kind;
  return a.size === b.size && a.hash?.kind === b.hash?.kind && a.hash?.value === b.hash?.value;
}

function sameAttributes(a: Entry['attributes'], b: Entry['attributes']): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** The entries behind a listing. */
export function entriesOf(listing: Listing): Entry[] {
  return Array.from(listing.nodes.values(), (node) => node.entry);
}
