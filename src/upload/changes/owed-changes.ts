import type { DirectoryEntry, Entry } from '../../driver/entry.js';
import type { Directories } from '../directories.js';
import type { ChangePatch, ChangeRow, NewChange } from '../journal/rows.js';
import type { Step } from '../ledger.js';
import type { Bell } from '../queue/bell.js';
import { ChangeList } from './change-list.js';
import { type NamedPlace, samePlace } from './named-place.js';

/** Where something is shown. */
export interface ShownPlace extends NamedPlace {
  /** Inside the drive, for people. */
  readonly path: string;
}

export interface OwedChangesParts {
  readonly drive: string;
  readonly caseSensitive: boolean;
  readonly directories: Directories;
  /** Rung when something is no longer owed. */
  readonly bell: Bell;
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
  readonly bell: Bell;
  /** Ids of the entries that a call is under way for. */
  readonly inFlight = new Set<string>();
  /** Ids of directories that the cloud may have made already. */
  readonly asked = new Set<string>();
  readonly #drive: string;
  readonly #onAdded: () => void;
  /** What the cloud has done, but its listings may not show yet: by id, with its row. */
  readonly #settling = new Map<string, ChangeRow>();

  constructor({ drive, caseSensitive, directories, bell, onAdded }: OwedChangesParts) {
    this.list = new ChangeList(caseSensitive);
    this.directories = directories;
    this.bell = bell;
    this.#drive = drive;
    this.#onAdded = onAdded;
  }

  /** Whether the entry of this id is on its way out of the directory, or was until lately. */
  isLeaving(id: string, directoryId: string): boolean {
    const row = this.list.of(id) ?? this.#settling.get(id) ?? null;
    if (row === null || row.kind === 'makeDirectory') return false;
    return row.kind === 'remove' || row.parentId !== directoryId;
  }

  /** Whether the cloud was asked to make this directory. */
  mayBeMade({ entry }: ChangeRow): boolean {
    return this.asked.has(entry.id);
  }

  /** Whether a file can be made at a place: its directory is there and nothing else has its name for long. */
  isFree(place: NamedPlace): boolean {
    if (this.directories.id(place.parentId) !== place.parentId) return this.isFree(this.placeOf(place));
    if (this.list.of(place.parentId)?.kind === 'makeDirectory') return false;
    return this.list.leaving(place).next().done === true;
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
    else if (this.#isBack(owed, place)) this.#drop(step, owed);
    else this.patch(step, owed, { ...place, reason: null, kind: patchedKind(owed, place) });
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
    this.#add(step, { kind: 'remove', entry: owed?.entry ?? entry, parentId, name, path });
  }

  /** Something of the cloud that is shown no more and goes when what replaces it has come; as the cloud has it. */
  removeReplaced(step: Step, entry: Entry, place: ShownPlace): void {
    const { parentId, name, path } = place;
    this.#add(step, { kind: 'remove', entry, parentId, name, path });
    step.show((tree) => tree.hide(entry.id));
  }

  /** Takes an entry out of the list because something else removes it later; answers it as the cloud has it. */
  release(step: Step, entry: Entry): Entry {
    const owed = this.list.of(entry.id);
    if (owed !== null) this.#drop(step, owed);
    return owed?.entry ?? entry;
  }

  /** The cloud has what was shown under `localId`: programs see it at `place`, whatever the cloud calls it. */
  arrive(step: Step, localId: string, entry: Entry, place: ShownPlace): void {
    const { parentId, name } = place;
    const row = { kind: moveKind(entry, place), entry, ...place };
    const asWanted = samePlace(entry, place);
    if (asWanted) this.#addSettling(step, row);
    else this.#add(step, row);
    step.show((tree) => tree.settle(localId, entry));
    step.show((tree) => tree.move(localId, parentId, name));
    if (asWanted) step.show((tree) => tree.settle(entry.id));
  }

  /** A directory has the cloud's id now: what is owed below it names that. */
  rehome(step: Step, localId: string, cloudId: string): void {
    for (const row of this.list) {
      if (row.parentId !== localId) continue;
      step.record((rows) => rows.patchChange(row.sequence, { parentId: cloudId }));
      step.then(() => this.list.put({ ...row, parentId: cloudId }));
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
    if (row.kind !== 'remove') {
      step.record((rows) => rows.patchChange(row.sequence, { entry }));
    }
    step.then(() => {
      this.#settling.set(entry.id, { ...row, entry });
      this.#forget(row);
    });
  }

  /** Nothing is owed any more for a row, and nothing is remembered of it. */
  drop(step: Step, row: ChangeRow): void {
    this.#drop(step, row);
  }

  get hasSettling(): boolean {
    return this.#settling.size > 0;
  }

  /** What has been settled up to now, to be forgotten later. */
  get settling(): readonly ChangeRow[] {
    return [...this.#settling.values()];
  }

  /** Forgets that these were settled: the cloud's listings show it. */
  forgetSettled(step: Step, settled: readonly ChangeRow[]): void {
    const left = settled.filter((row) => this.#settling.get(row.entry.id) === row);
    if (left.length === 0) return;
    step.record((rows) => rows.removeChanges(left.map(({ sequence }) => sequence)));
    step.then(() => {
      for (const row of left) this.#settling.delete(row.entry.id);
    });
  }

  /** Takes over a row of an earlier run. */
  restore(row: ChangeRow): void {
    const done = row.kind !== 'remove' && row.kind !== 'makeDirectory' && samePlace(row.entry, row);
    if (done) this.#settling.set(row.entry.id, row);
    else this.list.put(row);
    if (row.kind === 'makeDirectory') this.asked.add(row.entry.id);
  }

  #add(step: Step, change: Omit<NewChange, 'drive' | 'attempts' | 'reason'>): void {
    this.#record(step, change, (row) => {
      this.list.put(row);
      this.#onAdded();
    });
  }

  #addSettling(step: Step, change: Omit<NewChange, 'drive' | 'attempts' | 'reason'>): void {
    this.#record(step, change, (row) => {
      this.#settling.set(row.entry.id, row);
      this.bell.ring();
    });
  }

  #record(
    step: Step,
    change: Omit<NewChange, 'drive' | 'attempts' | 'reason'>,
    keep: (row: ChangeRow) => void,
  ): void {
    const earlier = this.#settling.get(change.entry.id);
    let added: ChangeRow | null = null;
    step.record(async (rows) => {
      if (earlier !== undefined) await rows.removeChanges([earlier.sequence]);
      added = await rows.addChange({ ...change, drive: this.#drive, attempts: 0, reason: null });
    });
    step.then(() => {
      if (earlier !== undefined) this.#settling.delete(change.entry.id);
      if (added !== null) keep(added);
    });
  }

  #drop(step: Step, row: ChangeRow): void {
    step.record((rows) => rows.removeChanges([row.sequence]));
    step.then(() => this.#forget(row));
  }

  #forget(row: ChangeRow): void {
    this.list.delete(row.sequence);
    this.bell.ring();
  }

  #isBack(owed: ChangeRow, place: NamedPlace): boolean {
    const made = owed.kind !== 'makeDirectory' && !this.inFlight.has(owed.entry.id);
    return made && samePlace(owed.entry, place);
  }
}

/** What a person calls the change from one place to another. */
export function moveKind(from: NamedPlace, to: NamedPlace): 'move' | 'rename' {
  return from.parentId === to.parentId ? 'rename' : 'move';
}

function patchedKind(owed: ChangeRow, place: NamedPlace): ChangeRow['kind'] {
  return owed.kind === 'makeDirectory' ? owed.kind : moveKind(owed.entry, place);
}
