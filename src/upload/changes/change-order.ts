import type { Directories } from '../directories.js';
import type { ChangeRow } from '../journal/rows.js';
import { isLocalId } from '../../lib/local-id.js';
import { callFor, type ChangeList } from './change-list.js';
import { samePlace } from './named-place.js';

/** One call to the cloud and the rows that it is for: several only of `move` and `remove`, then all of one directory. */
export interface PlannedCall {
  /** look: where the cloud has it. */
  readonly kind: ChangeRow['kind'] | 'look';
  /** One at least. */
  readonly rows: readonly ChangeRow[];
  /** What is renamed or made gets this name, which is another than wanted when something else must move through first. */
  readonly name: string;
}

/** What decides the order of calls. */
export interface ChangeOrder {
  readonly list: ChangeList;
  readonly directories: Directories;
  /** Whether nothing is to be sent for it now. */
  rests(row: ChangeRow): boolean;
  /** Whether the cloud refused to have it beside what it replaces: that goes first then. */
  yields(row: ChangeRow): boolean;
  /** Whether it takes another name for a while, because its own is taken by what waits for it. */
  detours(row: ChangeRow): boolean;
  /** Whether an upload needs a directory of the cloud, or what is in it. */
  isNeeded(directoryId: string): boolean;
  /** What has to be done, at any depth of a directory that goes with all that is in it, before it may go. */
  pendingBelow(directoryId: string): ChangeRow | 'outside' | null;
}

/**
 * What must be done before this: something that is owed itself, or `outside` the list; null when nothing is in the way.
 * A name is free before another takes it, except that a file is removed after the one that replaces it has come;
 * directories are there before what is in them, and empty before they go.
 */
export function blockerOf(row: ChangeRow, order: ChangeOrder): ChangeRow | 'outside' | null {
  return row.kind === 'remove' ? removalBlocker(row, order) : arrivalBlocker(row, order);
}

/** The next call of at most `batch` entries; null when none can be made now. */
export function nextCall(order: ChangeOrder, batch: number): PlannedCall | null {
  for (const row of order.list) {
    if (row.attempts > 0 && row.kind !== 'makeDirectory' && !order.rests(row)) {
      return { kind: 'look', rows: [row], name: row.name };
    }
  }
  let knotted: PlannedCall | null = null;
  for (const row of order.list) {
    if (order.rests(row)) continue;
    if (blockerOf(row, order) === null) return callWith(row, order, batch);
    knotted ??= callThrough(knotFrom(row, order), order);
  }
  return knotted;
}

function arrivalBlocker(row: ChangeRow, order: ChangeOrder): ChangeRow | 'outside' | null {
  const { list, directories } = order;
  // The cloud was asked to make it elsewhere: that has to end first.
  if (row.kind === 'makeDirectory' && !samePlace(row.entry, row)) return null;
  if (isLocalId(directories.id(row.parentId))) return list.of(row.parentId) ?? 'outside';
  for (const other of list.leaving(row)) {
    if (other.entry.id !== row.entry.id && !goesAfter(other, row, order)) return other;
  }
  if (row.entry.kind === 'file' || callFor(row) !== 'move') return null;
  return movingAncestor(row, order);
}

function removalBlocker(row: ChangeRow, order: ChangeOrder): ChangeRow | 'outside' | null {
  for (const coming of order.list.coming(row)) if (goesAfter(row, coming, order)) return coming;
  if (row.entry.kind === 'file') return null;
  for (const inside of order.list.inside(row.entry.id)) return inside;
  for (const coming of order.list.into(row.entry.id)) return coming;
  return order.isNeeded(row.entry.id) ? 'outside' : order.pendingBelow(row.entry.id);
}

function goesAfter(removal: ChangeRow, coming: ChangeRow, order: ChangeOrder): boolean {
  if (removal.kind !== 'remove' || removal.sequence < coming.sequence) return false;
  const files = removal.entry.kind === 'file' && coming.entry.kind === 'file';
  return files && !order.yields(coming);
}

/** A directory that is moved goes where everything above stands already: so it never comes to stand below itself. */
function movingAncestor(row: ChangeRow, { list, directories }: ChangeOrder): ChangeRow | null {
  const seen = new Set<string>();
  for (let id: string | null = row.parentId; id !== null && !seen.has(id);) {
    seen.add(id);
    const owed = list.of(id);
    if (owed !== null && callFor(owed) === 'move') return owed;
    id = owed?.parentId ?? directories.parentOf(id);
  }
  return null;
}

function callWith(first: ChangeRow, order: ChangeOrder, batch: number): PlannedCall {
  const kind = callFor(first) ?? 'rename';
  if (kind !== 'move' && kind !== 'remove') return { kind, rows: [first], name: first.name };
  const rows: ChangeRow[] = [];
  for (const row of order.list) {
    if (rows.length === batch) break;
    if (order.rests(row) || callFor(row) !== kind || !goTogether(first, row, kind)) continue;
    if (blockerOf(row, order) === null) rows.push(row);
  }
  return { kind, rows, name: first.name };
}

function goTogether(first: ChangeRow, row: ChangeRow, kind: 'move' | 'remove'): boolean {
  return kind === 'move' ? row.parentId === first.parentId : row.entry.parentId === first.entry.parentId;
}

/**
 * Those that wait, each for the next and the last for the first: two names that are exchanged; or a new directory alone
 * that waits for an upload, which may have to go into it. None when it is not so.
 */
function knotFrom(row: ChangeRow, order: ChangeOrder): readonly ChangeRow[] {
  const chain: ChangeRow[] = [];
  for (let at = row; ;) {
    const begin = chain.indexOf(at);
    if (begin !== -1) return chain.slice(begin);
    chain.push(at);
    const blocker = order.rests(at) ? null : blockerOf(at, order);
    if (blocker === null || blocker === 'outside') return waitingForUpload(chain, order);
    at = blocker;
  }
}

/** The new directory of a chain whose name is that of one which stays for an upload. */
function waitingForUpload(chain: readonly ChangeRow[], order: ChangeOrder): readonly ChangeRow[] {
  const [waiting, last] = chain.slice(-2);
  if (waiting?.kind !== 'makeDirectory' || last?.kind !== 'remove' || order.rests(last)) return [];
  return order.isNeeded(last.entry.id) ? [waiting] : [];
}

/** What opens a knot: one of them goes although another has its name, or takes another name for a while. */
function callThrough(knot: readonly ChangeRow[], order: ChangeOrder): PlannedCall | null {
  for (const row of knot) {
    if (row.kind === 'remove' || isLocalId(order.directories.id(row.parentId))) continue;
    const detour = detourName(row);
    const kind = callFor(row) ?? 'rename';
    if (kind === 'makeDirectory') return { kind, rows: [row], name: detour };
    if (row.entry.kind === 'file' && !order.detours(row)) return { kind, rows: [row], name: row.name };
    if (row.entry.name !== detour) return { kind: 'rename', rows: [row], name: detour };
    if (kind === 'move') return { kind, rows: [row], name: row.name };
  }
  return null;
}

function detourName({ entry, name }: ChangeRow): string {
  return `.${name.slice(0, 40)}~${entry.id.slice(-8)}`;
}
