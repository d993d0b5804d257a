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
  /** Whether a file that is not uploaded yet takes its place. */
  readonly isReplaced: (entry: Entry) => boolean;
  /** A directory that was local is one of the cloud now: what is written below it must name it. */
  readonly onMade: (step: Step, localId: string, directory: DirectoryEntry) => void;
  readonly onRemoved: (step: Step, entry: Entry) => void;
  /** What was to go is shown again. */
  readonly onPutBack: (step: Step, entry: Entry) => void;
}

/** What becomes of the rows of a call when the cloud has answered. */
export class ChangeOutcomes {
  readonly #env: Env;
  readonly #parts: ChangeOutcomesParts;

  constructor(env: Env, parts: ChangeOutcomesParts) {
    this.#env = env;
    this.#parts = parts;
  }

  /** The cloud is about to be asked; false when it need not be any more. */
  async begun({ kind, rows, name }: PlannedCall): Promise<boolean> {
    const { owed, ledger } = this.#parts;
    if (kind === 'look') return true;
    if (kind === 'makeDirectory') {
      await ledger.step((step) => this.#pin(step, rows, name));
      return rows.some(({ entry }) => owed.asked.has(entry.id));
    }
    const detours = kind === 'rename' ? rows.filter((row) => row.name !== name) : [];
    for (const row of rows) owed.asked.set(row.entry.id, row);
    if (detours.length > 0) await ledger.step((step) => this.#doubt(step, detours));
    return true;
  }

  /** Until the cloud has answered it is asked for a new directory at no other place. */
  #pin(step: Step, rows: readonly ChangeRow[], name: string): void {
    const { owed } = this.#parts;
    for (const { entry } of rows) {
      const row = owed.list.of(entry.id);
      if (row === null || owed.asked.has(entry.id)) continue;
      const place = { parentId: row.parentId, name };
      owed.patch(step, row, { entry: { ...row.entry, ...place }, attempts: 1 });
      step.then(() => void owed.asked.set(entry.id, place));
    }
  }

  /** Until the cloud has answered it may have these under names that nobody wants. */
  #doubt(step: Step, rows: readonly ChangeRow[]): void {
    const { owed } = this.#parts;
    for (const { entry } of rows) {
      const row = owed.list.of(entry.id);
      if (row !== null) owed.patch(step, row, { attempts: 1 });
    }
  }

  /** The cloud has done it; `answer` is the entry that it answered, null where it answers none. */
  async done({ kind, rows, name }: PlannedCall, answer: Entry | null): Promise<void> {
    await this.#parts.ledger.step((step) => {
      for (const sent of rows) {
        const row = this.#parts.owed.list.of(sent.entry.id);
        if (row === null) continue;
        const asked = this.#parts.owed.asked.get(sent.entry.id);
        this.#parts.owed.asked.delete(sent.entry.id);
        if (kind === 'look') this.#found(step, row, answer);
        else if (kind === 'remove') this.#parts.owed.settle(step, row, row.entry);
        else if (kind === 'makeDirectory') this.#made(step, row, asked?.name ?? name, answer);
        else if (kind === 'move') this.#advanced(step, row, { ...row.entry, parentId: sent.parentId });
        else this.#renamed(step, row, name, answer?.name ?? name);
        if (kind !== 'remove') continue;
        step.show((tree) => tree.settle(row.entry.id));
        this.#parts.onRemoved(step, row.entry);
      }
    });
  }

  /** The cloud does not do it, now or ever: everything is shown again as the cloud has it. */
  async refused(sent: ChangeRow, error: FsError): Promise<void> {
    const { owed, ledger, refusals, isReplaced, onPutBack } = this.#parts;
    await ledger.step((step) => {
      const row = owed.list.of(sent.entry.id);
      if (row === null || row.kind !== sent.kind || !samePlace(row, sent)) return;
      owed.asked.delete(row.entry.id);
      for (const back of [row, ...this.#replacedBy(row)]) {
        owed.drop(step, back);
        // What a file here takes the place of stays hidden.
        if (!isReplaced(back.entry)) step.show((tree) => tree.reveal(back.entry));
        onPutBack(step, back.entry);
      }
      step.then(() => refusals.add(row, error.message, this.#env.clock.now()));
      this.#env.log.warn('the cloud refused a change: it is put back', {
        ...{ change: row.kind, path: row.path, error },
      });
    });
  }

  /** Somebody else has removed it from the cloud. */
  async gone(sent: ChangeRow): Promise<void> {
    const { owed, ledger } = this.#parts;
    await ledger.step((step) => {
      const row = owed.list.of(sent.entry.id);
      if (row !== null) this.#gone(step, row);
    });
  }

  #gone(step: Step, row: ChangeRow): void {
    const { owed, refusals } = this.#parts;
    owed.drop(step, row);
    step.then(() => void owed.asked.delete(row.entry.id));
    step.show((tree) => tree.hide(row.entry.id));
    step.show((tree) => tree.settle(row.entry.id));
    if (row.kind === 'remove') return;
    step.then(() => refusals.add(row, 'it is in the cloud no more', this.#env.clock.now()));
    this.#env.log.warn('what was to be changed is in the cloud no more', {
      ...{ change: row.kind, path: row.path },
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

  #found(step: Step, row: ChangeRow, answer: Entry | null): void {
    if (answer === null) this.#gone(step, row);
    else this.#advanced(step, row, { ...row.entry, parentId: answer.parentId, name: answer.name });
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
    const { owed, isReplaced } = this.#parts;
    if (row.kind === 'remove' || !samePlace(entry, row)) {
      const kind = row.kind === 'remove' ? row.kind : moveKind(entry, row);
      owed.patch(step, row, { entry, kind, attempts: 0 });
      return;
    }
    owed.settle(step, row, entry);
    // What a file here takes the place of is hidden for longer.
    if (!isReplaced(entry)) step.show((tree) => tree.settle(entry.id));
  }

  #noteOtherName(row: ChangeRow, asked: string, given: string): void {
    if (asked === given) return;
    this.#env.log.warn('the cloud chose another name', { path: row.path, asked, given });
  }
}
