import type { DirectoryEntry, Entry } from '../../driver/entry.js';
import type { Env } from '../../lib/env.js';
import type { FsError } from '../../lib/errors.js';
import type { ChangeRow } from '../journal/rows.js';
import type { Ledger, Step } from '../ledger.js';
import type { PlannedCall } from './change-order.js';
import { samePlace } from './named-place.js';
import { moveKind, type OwedChanges } from './owed-changes.js';
import type { Refusals } from './refusals.js';

export interface ChangeOutcomesParts {
  readonly owed: OwedChanges;
  readonly ledger: Ledger;
  readonly refusals: Refusals;
  /** A directory that was local is one of the cloud now: what is written below it must name it. */
  readonly onMade: (step: Step, localId: string, directory: DirectoryEntry) => void;
}

/** What becomes of the rows of a call when the cloud has answered. */
export class ChangeOutcomes {
  readonly #env: Env;
  readonly #parts: ChangeOutcomesParts;

  constructor(env: Env, parts: ChangeOutcomesParts) {
    this.#env = env;
    this.#parts = parts;
  }

  /** The cloud has done it; `answer` is the entry that it answered, null where it answers none. */
  async done({ kind, rows, name }: PlannedCall, answer: Entry | null): Promise<void> {
    await this.#parts.ledger.step((step) => {
      for (const sent of rows) {
        const row = this.#parts.owed.list.of(sent.entry.id);
        if (row === null) continue;
        if (kind === 'remove') this.#parts.owed.settle(step, row, row.entry);
        else if (kind === 'makeDirectory') this.#made(step, row, name, answer);
        else if (kind === 'move') this.#advanced(step, row, { ...row.entry, parentId: sent.parentId });
        else this.#renamed(step, row, name, answer?.name ?? name);
        if (kind === 'remove') step.show((tree) => tree.settle(row.entry.id));
      }
    });
  }

  /** The cloud does not do it, now or ever: everything is shown again as the cloud has it. */
  async refused(sent: ChangeRow, error: FsError): Promise<void> {
    const { owed, ledger, refusals } = this.#parts;
    await ledger.step((step) => {
      const row = owed.list.of(sent.entry.id);
      if (row === null || row.kind !== sent.kind || !samePlace(row, sent)) return;
      for (const back of [row, ...this.#replacedBy(row)]) {
        owed.drop(step, back);
        step.show((tree) => tree.reveal(back.entry));
      }
      step.then(() => refusals.add(row, error.message, this.#env.clock.now()));
      this.#env.log.warn('the cloud refused a change: it is put back', {
        ...{ change: row.kind, path: row.path, error },
      });
    });
  }

  /** Somebody else has removed it from the cloud. */
  async gone(sent: ChangeRow): Promise<void> {
    const { owed, ledger, refusals } = this.#parts;
    await ledger.step((step) => {
      const row = owed.list.of(sent.entry.id);
      if (row === null) return;
      owed.drop(step, row);
      step.show(async (tree) => {
        await tree.hide(row.entry.id);
        await tree.settle(row.entry.id);
      });
      step.then(() => refusals.add(row, 'it is in the cloud no more', this.#env.clock.now()));
      this.#env.log.warn('what was to be changed is in the cloud no more', {
        ...{ change: row.kind, path: row.path },
      });
    });
  }

  /** What was only to go because this takes its name. */
  #replacedBy(row: ChangeRow): readonly ChangeRow[] {
    if (row.kind === 'remove') return [];
    return [...this.#parts.owed.list].filter(
      (other) => other.kind === 'remove' && other.sequence > row.sequence && samePlace(other, row),
    );
  }

  #made(step: Step, row: ChangeRow, name: string, answer: Entry | null): void {
    const { owed, onMade } = this.#parts;
    if (answer?.kind !== 'directory' || row.kind !== 'makeDirectory') return;
    const localId = row.entry.id;
    const wanted = { ...owed.placeOf(row), name: row.name === name ? answer.name : row.name };
    this.#noteOtherName(row, name, answer.name);
    owed.drop(step, row);
    owed.rehome(step, localId, answer.id);
    onMade(step, localId, answer);
    owed.arrive(step, localId, answer, { parentId: wanted.parentId, name: wanted.name, path: row.path });
    step.then(() => owed.directories.made(localId, answer));
  }

  #renamed(step: Step, row: ChangeRow, name: string, given: string): void {
    const asWanted = row.kind !== 'remove' && row.name === name;
    this.#noteOtherName(row, name, given);
    const wanted = asWanted ? { ...row, name: given } : row;
    if (asWanted && given !== name) {
      this.#parts.owed.patch(step, row, { name: given });
      step.show((tree) => tree.move(row.entry.id, row.parentId, given));
    }
    this.#advanced(step, wanted, { ...row.entry, name: given });
  }

  /** The cloud has it somewhere else now, which may not be the last place yet. */
  #advanced(step: Step, row: ChangeRow, entry: Entry): void {
    const { owed } = this.#parts;
    if (row.kind === 'remove' || !samePlace(entry, row)) {
      const kind = row.kind === 'remove' ? row.kind : moveKind(entry, row);
      owed.patch(step, row, { entry, kind });
      return;
    }
    owed.settle(step, row, entry);
    step.show((tree) => tree.settle(entry.id));
  }

  #noteOtherName(row: ChangeRow, asked: string, given: string): void {
    if (asked === given) return;
    this.#env.log.warn('the cloud chose another name', { path: row.path, asked, given });
  }
}
