import type { ChangeRow } from '../journal/rows.js';
import { MultiMap } from './multi-map.js';
import { type NamedPlace, samePlace } from './named-place.js';

/** The next call that brings the cloud nearer to what is wanted; null when it is so already. */
export function callFor(row: ChangeRow): ChangeRow['kind'] | null {
  if (row.kind === 'makeDirectory' || row.kind === 'remove') return row.kind;
  if (row.entry.parentId !== row.parentId) return 'move';
  return row.entry.name === row.name ? null : 'rename';
}

/**
 * What the cloud is owed: one row an entry, whose `entry` is what the cloud has and whose place is where it shall be;
 * of a removal, where it was shown last. The `entry` of a directory to be made has the place that the cloud is asked for,
 * and with `attempts` was asked for. With `attempts` it must be asked first where it has anything else. Rows come in the order of their sequence.
 */
export class ChangeList {
  readonly #caseSensitive: boolean;
  readonly #rows = new Map<number, ChangeRow>();
  readonly #byEntry = new Map<string, ChangeRow>();
  /** By the place that the cloud has them at. */
  readonly #leaving = new MultiMap<ChangeRow>();
  readonly #coming = new MultiMap<ChangeRow>();
  /** By the directory that the cloud has them in. */
  readonly #inside = new MultiMap<ChangeRow>();
  readonly #into = new MultiMap<ChangeRow>();

  /** `caseSensitive`: whether `a` and `A` are two names. */
  constructor(caseSensitive: boolean) {
    this.#caseSensitive = caseSensitive;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** The largest sequence; 0 without rows. */
  get last(): number {
    return Math.max(0, ...[...this.#rows.keys()].slice(-1));
  }

  [Symbol.iterator](): Iterator<ChangeRow> {
    return this.#rows.values();
  }

  /** What is owed for the entry of this id. */
  of(id: string): ChangeRow | null {
    return this.#byEntry.get(id) ?? null;
  }

  /** Adds a row, or another version of it. */
  put(row: ChangeRow): void {
    const before = this.#rows.get(row.sequence);
    if (before !== undefined) this.#forget(before);
    this.#rows.set(row.sequence, row);
    this.#byEntry.set(row.entry.id, row);
    this.#inside.add(row.entry.parentId, row);
    this.#leaving.add(this.#key(row.entry), row);
    if (row.kind !== 'remove') {
      this.#coming.add(this.#key(row), row);
      this.#into.add(row.parentId, row);
    }
  }

  delete(sequence: number): void {
    const row = this.#rows.get(sequence);
    if (row === undefined) return;
    this.#forget(row);
    this.#rows.delete(sequence);
  }

  /** What the cloud still has, or may have, at a place although it shall not be there. */
  *leaving(place: NamedPlace): Generator<ChangeRow> {
    for (const row of this.#leaving.of(this.#key(place))) {
      if (row.kind === 'remove' || !samePlace(row.entry, row)) yield row;
    }
  }

  /** What shall be at a place and is not there yet. */
  coming(place: NamedPlace): Iterable<ChangeRow> {
    return this.#coming.of(this.#key(place));
  }

  /** What is owed for something that the cloud has, or may have, in this directory. */
  inside(directoryId: string): Iterable<ChangeRow> {
    return this.#inside.of(directoryId);
  }

  /** What shall be in this directory. */
  into(directoryId: string): Iterable<ChangeRow> {
    return this.#into.of(directoryId);
  }

  #forget(row: ChangeRow): void {
    if (this.#byEntry.get(row.entry.id) === row) this.#byEntry.delete(row.entry.id);
    this.#leaving.delete(this.#key(row.entry), row);
    this.#inside.delete(row.entry.parentId, row);
    this.#coming.delete(this.#key(row), row);
    this.#into.delete(row.parentId, row);
  }

  #key({ parentId, name }: NamedPlace): string {
    return `${parentId}/${this.#caseSensitive ? name : name.toLowerCase()}`;
  }
}
