import type { DirectoryEntry, Entry } from '../../driver/entry.js';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type { OwedChanges, ShownPlace } from '../changes/owed-changes.js';
import type { TrashRow } from '../journal/rows.js';
import type { Step } from '../ledger.js';
import { newLocalId } from '../new-local-id.js';
import type { PendingBelow } from './pending-below.js';

/** Where file managers have the trash of a drive (freedesktop.org), inside the drive. */
const TOP = /^\/\.Trash(?:-\d+)?$/;

export interface LocalTrashParts {
  readonly drive: string;
  readonly owed: OwedChanges;
  readonly below: PendingBelow;
  /** Whether the cloud gives back what was removed; without it a trash folder is a folder of the cloud. */
  readonly isKept: boolean;
}

/**
 * The trash of file managers. Its folders are on this machine alone. What is moved into them goes to the cloud's
 * recycle bin, and a likeness of it, under an id of its own, is shown where it was moved to.
 */
export class LocalTrash {
  readonly #env: Pick<Env, 'clock' | 'random'>;
  readonly #parts: LocalTrashParts;
  /** By the id that is shown. */
  readonly #rows = new Map<string, TrashRow>();
  /** Ids that are shown, by those that the cloud had. */
  readonly #shown = new Map<string, string>();

  constructor(env: Pick<Env, 'clock' | 'random'>, parts: LocalTrashParts) {
    this.#env = env;
    this.#parts = parts;
  }

  [Symbol.iterator](): Iterator<TrashRow> {
    return this.#rows.values();
  }

  /** What is shown under this id; null when that is nothing of the trash. */
  of(id: string): TrashRow | null {
    return this.#rows.get(id) ?? null;
  }

  /** What is shown of an entry that the cloud had. */
  ofOriginal({ id }: Entry): TrashRow | null {
    return this.of(this.#shown.get(id) ?? '');
  }

  /** Whether a directory is a folder of the trash: what is in it stays on this machine. */
  holds(directoryId: string): boolean {
    return this.of(directoryId)?.original === null;
  }

  /** Whether nothing that was removed is shown in a directory. */
  isEmpty(directoryId: string): boolean {
    for (const { shown } of this) if (shown.parentId === directoryId) return false;
    return true;
  }

  /** Whether a directory that is made at a place is a folder of the trash. */
  isFolder({ parentId, path }: ShownPlace): boolean {
    return this.#parts.isKept && (TOP.test(path) || this.holds(parentId));
  }

  /** Throws EPERM for a directory that was removed: nothing can be put into it. */
  requireChangeable(directoryId: string, path: string): void {
    if ((this.of(directoryId)?.original ?? null) === null) return;
    const message = `${path}: its folder is in the trash; take it out first`;
    throw new FsError('EPERM', message, { expected: true });
  }

  /** Takes over a row of an earlier run. */
  restore(row: TrashRow): void {
    this.#rows.set(row.shown.id, row);
    if (row.original !== null) this.#shown.set(row.original.id, row.shown.id);
  }

  /** Looks what is owed in the directories of earlier runs that are still to be removed. */
  async learn(): Promise<void> {
    const { owed, below } = this.#parts;
    for (const { original } of this) {
      if (original?.kind === 'directory' && owed.list.of(original.id) !== null)
        await below.learn(original.id);
    }
  }

  /** A folder of the trash. */
  make(step: Step, shown: DirectoryEntry): void {
    this.#put(step, { drive: this.#parts.drive, shown, original: null, removedAt: null });
    step.show((tree) => tree.add(shown));
  }

  /** Something that the cloud has, as it is shown now, goes into the trash; answers the id that it is shown under there. */
  async take(step: Step, entry: Entry, place: ShownPlace): Promise<string> {
    const { drive, owed, below } = this.#parts;
    if (entry.kind === 'directory') await below.learn(entry.id);
    const { parentId, name, path } = place;
    const shown: Entry = { ...entry, id: newLocalId(this.#env.random), parentId, name };
    const original = owed.list.of(entry.id)?.entry ?? entry;
    owed.remove(step, entry, path);
    this.#put(step, { drive, shown, original, removedAt: null });
    step.show((tree) => tree.add(shown));
    return shown.id;
  }

  /** Another place in the trash. */
  move(step: Step, row: TrashRow, { parentId, name }: ShownPlace): void {
    this.#put(step, { ...row, shown: { ...row.shown, parentId, name } });
    step.show((tree) => tree.move(row.shown.id, parentId, name));
  }

  /** Shown no longer; the recycle bin keeps it. */
  forget(step: Step, { shown, original }: TrashRow): void {
    step.record((rows) => rows.removeTrash(shown.id));
    step.then(() => {
      this.#rows.delete(shown.id);
      if (original !== null) this.#shown.delete(original.id);
    });
    step.show((tree) => tree.hide(shown.id));
    step.show((tree) => tree.settle(shown.id));
  }

  /** Out of the trash: the cloud has it, as `entry`. */
  giveBack(step: Step, row: TrashRow, entry: Entry, place: ShownPlace): void {
    this.forget(step, row);
    this.#parts.owed.comeBack(step, entry, place);
    step.then(() => this.#parts.below.forget(entry.id));
  }

  /** The cloud has removed it, as this. */
  removed(step: Step, entry: Entry): void {
    const row = this.ofOriginal(entry);
    step.then(() => this.#parts.below.forget(entry.id));
    if (row !== null) this.#put(step, { ...row, original: entry, removedAt: this.#env.clock.now() });
  }

  /** The cloud does not remove it: it is shown where it was. */
  putBack(step: Step, entry: Entry): void {
    const row = this.ofOriginal(entry);
    step.then(() => this.#parts.below.forget(entry.id));
    if (row !== null) this.forget(step, row);
  }

  #put(step: Step, row: TrashRow): void {
    step.record((rows) => rows.putTrash(row));
    step.then(() => this.restore(row));
  }
}
