import type { ChangeRow } from '../journal/rows.js';
import type { Step } from '../ledger.js';

/**
 * What the cloud has done, but its listings may not show yet: one row an entry, kept in the journal for a restart before
 * they do.
 */
export class SettledChanges {
  readonly #rows = new Map<string, ChangeRow>();

  get size(): number {
    return this.#rows.size;
  }

  /** What was done with the entry of this id. */
  of(id: string): ChangeRow | null {
    return this.#rows.get(id) ?? null;
  }

  /** What has been settled up to now, to be forgotten later. */
  all(): readonly ChangeRow[] {
    return [...this.#rows.values()];
  }

  put(row: ChangeRow): void {
    this.#rows.set(row.entry.id, row);
  }

  delete(id: string): void {
    this.#rows.delete(id);
  }

  /** Forgets that these were settled, unless something else was since: the cloud's listings show it. */
  forget(step: Step, settled: readonly ChangeRow[]): void {
    const left = settled.filter((row) => this.of(row.entry.id) === row);
    if (left.length === 0) return;
    step.record((rows) => rows.removeChanges(left.map(({ sequence }) => sequence)));
    step.then(() => {
      for (const row of left) this.delete(row.entry.id);
    });
  }
}
