import type { DirectoryEntry, Entry } from '../../driver/entry.js';
import type { Directories } from '../directories.js';
import type { ChangePatch, ChangeRow, NewChange } from '../journal/rows.js';
import type { Step } from '../ledger.js';
import { ChangeList } from './change-list.js';
import { type NamedPlace, samePlace } from './named-place.js';
import { SettledChanges } from './settled-changes.js';

/** Where something is shown. */
export interface ShownPlace extends NamedPlace {
  /** Inside the drive, for people. */
  readonly path: string;
}

type Change = Omit<NewChange, 'drive' | 'attempts' | 'reason'>;

export interface OwedChangesParts {
  readonly drive: string;
  readonly caseSensitive: boolean;
  readonly directories: Directories;
  /** Called when there is something to send. */
  readonly onAdded: () => void;
}

/**
 * What programs changed and the cloud does not know yet. What is asked of one entry several times becomes one row;
 * what leads back to where the cloud has it becomes none.
 */
export class OwedChanges {
  readonly list: ChangeList;
  readonly directories: Directories;
  /** Ids of the entries that a call is under way for. */
  readonly inFlight = new Set<string>();
  /** The places that the cloud was asked for, by the ids of entries of which it is not known whether they are there now. */
  readonly asked = new Map<string, NamedPlace>();
  /** Ids of the entries that no call is begun for, because what is wanted of them is being decided. */
  readonly held = new Set<string>();
  readonly settled = new SettledChanges();
  readonly #drive: string;
  readonly #onAdded: () => void;

  constructor({ drive, caseSensitive, directories, onAdded }: OwedChangesParts) {
    this.list = new ChangeList(caseSensitive);
    this.directories = directories;
    this.#drive = drive;
    this.#onAdded = onAdded;
  }

  /** Whether something that the cloud lists in a directory is on its way out of it, or was until lately. */
  isLeaving(entry: Entry, directoryId: string): boolean {
    const row = this.list.of(entry.id) ?? this.settled.of(entry.id) ?? this.#unknown(entry, directoryId);
    return row !== null && (row.kind === 'remove' || row.parentId !== directoryId);
  }

  /** The names that the cloud may have it under. */
  namesOf({ id, name }: Entry): readonly string[] {
    const others = [this.list.of(id)?.entry, this.asked.get(id)];
    return [name, ...others.flatMap((place) => place?.name ?? [])];
  }

  /** Whether the cloud was asked to make this directory. */
  mayBeMade({ entry }: ChangeRow): boolean {
    return this.asked.has(entry.id);
  }

  /**
   * Whether a file can be made at a place: its directory is there and nothing else has its name for long. A directory
   * that goes only after uploads for which it `isNeeded` keeps none of them waiting.
   */
  isFree(place: NamedPlace, isNeeded: (directoryId: string) => boolean): boolean {
    if (this.directories.id(place.parentId) !== place.parentId)
      return this.isFree(this.placeOf(place), isNeeded);
    if (this.list.of(place.parentId)?.kind === 'makeDirectory') return false;
    return [...this.list.leaving(place)].every((row) => this.#isHeld(row, isNeeded));
  }

  /** The place with the directory's id as the cloud knows it, if it does. */
  placeOf<T extends NamedPlace>(place: T): T {
    return { ...place, parentId: this.directories.id(place.parentId) };
  }

  /** A directory that is made here. */
  make(step: Step, entry: DirectoryEntry, path: string): void {
    const { parentId, name } = entry;
    this.#add(step, { kind: 'makeDirectory', entry, parentId, name, path });
    step.show((tree) => tree.add(entry));
  }

  /** `entry` as it is shown now. */
  move(step: Step, entry: Entry, place: ShownPlace): void {
    const owed = this.list.of(entry.id);
    if (owed === null) this.#add(step, { kind: moveKind(entry, place), entry, ...place });
    else if (this.#isBack(owed, place)) this.#settleBack(step, owed, place);
    else
      this.patch(step, owed, {
        ...place,
        attempts: this.#attemptsOf(owed, place),
        kind: patchedKind(owed, place),
        entry: this.#askedFor(owed, place),
      });
    step.show((tree) => tree.move(entry.id, place.parentId, place.name));
    if (owed !== null && this.#isBack(owed, place)) step.show((tree) => tree.settle(entry.id));
  }

  /** `entry` as it is shown now. A directory that the cloud was never asked to make is not made. */
  remove(step: Step, entry: Entry, path: string): void {
    const owed = this.list.of(entry.id);
    step.show((tree) => tree.hide(entry.id));
    if (owed !== null) this.#drop(step, owed);
    if (owed?.kind === 'makeDirectory') {
      step.show((tree) => tree.settle(entry.id));
      return;
    }
    const { parentId, name } = entry;
    const attempts = this.#isDoubtful(entry.id, null) ? 1 : 0;
    this.#add(step, { kind: 'remove', entry: owed?.entry ?? entry, parentId, name, path }, attempts);
  }

  /** Something that is shown no more goes when what shall be at `place` has come. */
  removeReplaced(step: Step, entry: Entry, place: ShownPlace): void {
    const { parentId, name, path } = place;
    const attempts = this.#isDoubtful(entry.id, null) ? 1 : 0;
    this.#add(step, { kind: 'remove', entry: this.#release(step, entry), parentId, name, path }, attempts);
    step.show((tree) => tree.hide(entry.id));
  }

  /** The cloud has what was shown under `localId`: programs see it at `place`, whatever the cloud calls it. */
  arrive(step: Step, localId: string, entry: Entry, place: ShownPlace): void {
    const { parentId, name } = place;
    this.#want(step, entry, place);
    step.show((tree) => tree.settle(localId, entry));
    step.show((tree) => tree.move(localId, parentId, name));
    if (samePlace(entry, place)) step.show((tree) => tree.settle(entry.id));
  }

  /** The cloud has, as this, what was or should be removed: programs see it at `place`. Nobody may be asking for it. */
  comeBack(step: Step, entry: Entry, place: ShownPlace): void {
    const { parentId, name } = place;
    this.#want(step, entry, place);
    step.then(() => void this.asked.delete(entry.id));
    step.show((tree) => tree.add({ ...entry, parentId, name }));
    if (samePlace(entry, place)) step.show((tree) => tree.settle(entry.id));
  }

  /** A directory has the cloud's id now: what is owed below it names that. */
  rehome(step: Step, localId: string, cloudId: string): void {
    for (const row of this.list) {
      if (row.parentId !== localId && row.entry.parentId !== localId) continue;
      const [shown, entry] = [row, row.entry].map(({ parentId }) =>
        parentId === localId ? cloudId : parentId,
      );
      const patch = { parentId: shown ?? cloudId, entry: { ...row.entry, parentId: entry ?? cloudId } };
      step.record((rows) => rows.patchChange(row.sequence, patch));
      step.then(() => this.list.put({ ...row, ...patch }));
    }
  }

  /** Another version of a row. */
  patch(step: Step, row: ChangeRow, patch: ChangePatch): void {
    step.record((rows) => rows.patchChange(row.sequence, patch));
    step.then(() => {
      this.list.put({ ...(this.list.of(row.entry.id) ?? row), ...patch });
      this.#onAdded();
    });
  }

  /** The cloud has done it: `entry` is what it has now. The row stays a while, for a restart before listings show it. */
  settle(step: Step, row: ChangeRow, entry: Entry): void {
    const patch: ChangePatch = row.kind === 'remove' ? { done: true } : { entry };
    step.record((rows) => rows.patchChange(row.sequence, patch));
    step.then(() => {
      this.settled.put({ ...row, entry });
      this.#forget(row);
    });
  }

  /** Nothing is owed any more for a row, and nothing is remembered of it. */
  drop(step: Step, row: ChangeRow): void {
    this.#drop(step, row);
  }

  /** Takes over a row of an earlier run. */
  restore(row: ChangeRow): void {
    const { entry, kind, attempts } = row;
    const isMove = kind !== 'remove' && kind !== 'makeDirectory';
    // With attempts the cloud may have put it elsewhere, although it shall be where it was.
    if (row.done === true || (isMove && attempts === 0 && samePlace(entry, row))) {
      this.settled.put(row);
      return;
    }
    this.list.put(row);
    if (kind !== 'makeDirectory') this.asked.set(entry.id, row);
    else if (attempts > 0) this.asked.set(entry.id, entry);
  }

  #add(step: Step, change: Change, attempts = 0): void {
    this.#record(step, { ...change, attempts }, (row) => {
      this.list.put(row);
      this.#onAdded();
    });
  }

  /** The cloud has an entry, which shall be at a place, whatever was wanted of it before. */
  #want(step: Step, entry: Entry, place: ShownPlace): void {
    this.#release(step, entry);
    const change = { kind: moveKind(entry, place), entry, ...place };
    if (samePlace(entry, place))
      this.#record(step, { ...change, attempts: 0 }, (row) => this.settled.put(row));
    else this.#add(step, change);
  }

  #record(step: Step, change: Change & Pick<NewChange, 'attempts'>, keep: (row: ChangeRow) => void): void {
    const earlier = this.settled.of(change.entry.id);
    let added: ChangeRow | null = null;
    step.record(async (rows) => {
      if (earlier !== null) await rows.removeChanges([earlier.sequence]);
      added = await rows.addChange({ ...change, drive: this.#drive, reason: null });
    });
    step.then(() => {
      if (earlier !== null) this.settled.delete(change.entry.id);
      if (added !== null) keep(added);
    });
  }

  #isHeld({ kind, entry }: ChangeRow, isNeeded: (directoryId: string) => boolean): boolean {
    if (kind !== 'remove' || entry.kind === 'file') return false;
    return isNeeded(entry.id) || [...this.list.inside(entry.id)].some((row) => this.#isHeld(row, isNeeded));
  }

  #drop(step: Step, row: ChangeRow): void {
    step.record((rows) => rows.removeChanges([row.sequence]));
    step.then(() => this.#forget(row));
  }

  #forget(row: ChangeRow): void {
    this.list.delete(row.sequence);
  }

  /** Takes an entry out of the list because something else is wanted of it; answers it as the cloud has it. */
  #release(step: Step, entry: Entry): Entry {
    const owed = this.list.of(entry.id);
    if (owed !== null) this.#drop(step, owed);
    return owed?.entry ?? entry;
  }

  /** A directory that the cloud was not asked to make yet is asked for at its latest place. */
  #askedFor({ kind, entry }: ChangeRow, { parentId, name }: NamedPlace): Entry {
    return kind === 'makeDirectory' && !this.asked.has(entry.id) ? { ...entry, parentId, name } : entry;
  }

  /** It shall be where the cloud has it, although its listings may not show it there yet. */
  #settleBack(step: Step, owed: ChangeRow, place: ShownPlace): void {
    step.record((rows) => rows.patchChange(owed.sequence, place));
    this.settle(step, { ...owed, ...place }, owed.entry);
  }

  #isBack(owed: ChangeRow, place: NamedPlace): boolean {
    if (owed.kind === 'makeDirectory' || this.asked.has(owed.entry.id)) return false;
    return samePlace(owed.entry, place);
  }

  #attemptsOf(owed: ChangeRow, place: NamedPlace): number {
    const isAsked = owed.kind === 'makeDirectory' && this.asked.has(owed.entry.id);
    const isDoubtful = owed.attempts > 0 || this.#isDoubtful(owed.entry.id, place);
    return (owed.kind === 'makeDirectory' ? isAsked : isDoubtful) ? 1 : 0;
  }

  /** Whether the cloud may have put it at another place than is wanted now. */
  #isDoubtful(id: string, wanted: NamedPlace | null): boolean {
    const asked = this.asked.get(id);
    return asked !== undefined && (wanted === null || !samePlace(asked, wanted));
  }

  /** The row of a directory that the cloud was asked to make, and may have, although it shall be elsewhere by now. */
  #unknown(entry: Entry, directoryId: string): ChangeRow | null {
    for (const row of this.list.inside(directoryId)) {
      if (row.kind === 'makeDirectory' && entry.kind === 'directory' && row.entry.name === entry.name)
        return row;
    }
    return null;
  }
}

/** What a person calls the change from one place to another. */
export function moveKind(from: NamedPlace, to: NamedPlace): 'move' | 'rename' {
  return from.parentId === to.parentId ? 'rename' : 'move';
}

function patchedKind(owed: ChangeRow, place: NamedPlace): ChangeRow['kind'] {
  return owed.kind === 'makeDirectory' ? owed.kind : moveKind(owed.entry, place);
}
