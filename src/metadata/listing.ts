import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entry } from '../driver/entry.js';
import type { ListingHeader } from './freshness.js';
import { legalNames } from './naming.js';
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

/** One child of a listing in the making, and the node that stood for it before. */
export interface PlannedNode {
  readonly entry: Entry;
  readonly name: string;
  readonly previous: Node | undefined;
}

/** A listing in the making: compared with the one before, but nothing touched yet. */
export interface ListingPlan {
  readonly nodes: readonly PlannedNode[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: number;
  /** Names that mean something else than before, or nothing any more. */
  readonly names: ReadonlySet<string>;
}

interface Known {
  readonly node: Node;
  readonly name: string;
}

const ENTRIES_PER_TURN = 2000;

/** Compares entries with what was known; lets others run in between, because directories may be very large. */
export async function planListing(entries: readonly Entry[], before: Listing | null): Promise<ListingPlan> {
  const known = new Map<string, Known>();
  for (const [name, node] of before?.nodes ?? []) known.set(node.entry.id, { node, name });
  const legal = legalNames(entries);
  const nodes: PlannedNode[] = [];
  const added: string[] = [];
  const names = new Set<string>();
  let changed = 0;
  for (const [index, entry] of entries.entries()) {
    if (index % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) await nextTurn();
    const name = legal.get(entry.id) ?? entry.id;
    const old = known.get(entry.id);
    known.delete(entry.id);
    if (old === undefined) {
      added.push(entry.id);
      names.add(name);
      nodes.push({ entry, name, previous: undefined });
    } else if (old.name === name && sameEntry(old.node.entry, entry)) {
      nodes.push({ entry: old.node.entry, name, previous: old.node });
    } else {
      changed += 1;
      names.add(old.name).add(name);
      nodes.push({ entry, name, previous: old.node });
    }
  }
  for (const { name } of known.values()) names.add(name);
  return { nodes, added, removed: [...known.keys()], changed, names };
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
