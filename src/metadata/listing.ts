import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entry } from '../driver/entry.js';
import type { ListingHeader } from './freshness.js';
import { KnownDirectory, KnownFile } from './known-node.js';
import { type NameRules, Naming } from './naming.js';
import type { Node } from './node.js';

/** The children of one directory: replaced by every answer of the cloud, touched only where something is changed here. */
export class Listing {
  readonly header: ListingHeader;
  /** Whether names had to be told apart: then one who comes or goes may change the names of others. */
  readonly isContested: boolean;
  readonly #nodes: Map<string, Node>;
  /** Names by id; made when they are first asked for. */
  #names: Map<string, string> | null = null;

  /** The nodes belong to the listing from now on. */
  constructor(header: ListingHeader, nodes: Map<string, Node>, isContested: boolean) {
    this.header = header;
    this.#nodes = nodes;
    this.isContested = isContested;
  }

  get nodes(): ReadonlyMap<string, Node> {
    return this.#nodes;
  }

  find(id: string): Node | undefined {
    if (this.#names === null) {
      this.#names = new Map();
      for (const [name, node] of this.#nodes) this.#names.set(node.entry.id, name);
    }
    const name = this.#names.get(id);
    return name === undefined ? undefined : this.#nodes.get(name);
  }

  /** Takes a child out, and answers the name that it had. */
  take(id: string): string | null {
    if (this.find(id) === undefined) return null;
    const name = this.#names?.get(id) ?? null;
    if (name !== null) this.#nodes.delete(name);
    this.#names?.delete(id);
    return name;
  }

  /** The name must be free. */
  put(name: string, node: Node): void {
    this.#nodes.set(name, node);
    this.#names?.set(node.entry.id, name);
  }

  /** The same children under another header. */
  under(header: ListingHeader): Listing {
    return new Listing(header, this.#nodes, this.isContested);
  }
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
  /** Whether names had to be told apart. */
  readonly isContested: boolean;
}

/** What a plan starts from. */
export interface PlanStart {
  readonly parent: KnownDirectory;
  readonly entries: readonly Entry[];
  readonly before: Listing | null;
  /** Files by id that stood in another directory, or under another id. */
  readonly strangers: ReadonlyMap<string, KnownFile>;
  readonly rules: NameRules;
  /** Whoever keeps a name that others want too. */
  readonly comesFirst: (entry: Entry) => boolean;
}

interface Known {
  readonly node: Node;
  readonly name: string;
}

const ITEMS_PER_TURN = 2000;

/** Compares entries with what was known; lets others run in between, because directories may be very large. */
export async function planListing(start: PlanStart): Promise<ListingPlan> {
  const { parent, entries, before, strangers, rules, comesFirst } = start;
  const known = new Map<string, Known>();
  for (const [name, node] of before?.nodes ?? []) known.set(node.entry.id, { node, name });
  const naming = new Naming(rules, comesFirst);
  await inTurns(entries, (entry) => naming.add(entry));
  const legal = naming.names();
  const settled = new Map<string, Node>();
  const placements: Placement[] = [];
  const added: string[] = [];
  const names = new Set<string>();
  let changed = 0;
  await inTurns(entries, (entry) => {
    const name = legal.get(entry.id) ?? entry.id;
    const old = known.get(entry.id);
    known.delete(entry.id);
    const isSame = old !== undefined && old.name === name && saysSame(old.node, entry);
    if (old === undefined) added.push(entry.id);
    else if (!isSame) changed += 1;
    if (!isSame) names.add(name).add(old?.name ?? name);
    const stranger = strangers.get(entry.id);
    const file = stranger ?? (old?.node instanceof KnownFile ? old.node : undefined);
    if (entry.kind === 'directory') placements.push({ entry, name, file: undefined });
    else if (isSame && file !== undefined && stranger === undefined) settled.set(name, file);
    else if (file === undefined) settled.set(name, new KnownFile(entry, name, parent));
    else placements.push({ entry, name, file });
  });
  for (const { name } of known.values()) names.add(name);
  const { isContested } = naming;
  return { settled, placements, added, removed: [...known.keys()], changed, names, isContested };
}

async function inTurns<T>(items: readonly T[], each: (item: T) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await nextTurn();
    each(item);
  }
}

function saysSame(node: Node, entry: Entry): boolean {
  const isDirectory = node instanceof KnownDirectory && entry.kind === 'directory';
  return sameEntry(node.entry, isDirectory ? node.asShown(entry) : entry);
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
