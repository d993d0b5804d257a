import type { Entry, FileEntry } from '../../driver/entry.js';
import type { ShownPlace, OwedChanges } from '../changes/owed-changes.js';
import { samePlace } from '../changes/named-place.js';
import type { FilePatch } from '../journal/rows.js';
import type { Step } from '../ledger.js';
import { type Attempt, checkpointOf, leadsInto } from './attempt.js';
import type { QueuedFile } from './queued-file.js';

export interface Retargeting {
  readonly replaced: readonly Entry[];
  readonly stays: boolean;
  readonly trashed: boolean;
}

/** Ids that files had here are understood for so many uploads more. */
const REMEMBERED = 10_000;

/** The files that the cloud does not have yet, and the steps that change what is owed for them. */
export class UploadFiles {
  readonly #owed: OwedChanges;
  readonly #onEnded: () => void;
  readonly #files = new Map<string, QueuedFile>();
  /** Ids of the cloud by the local ones that they took the place of. */
  readonly #landed = new Map<string, string>();

  /** `onEnded` is called when something that was begun makes a file no more. */
  constructor(owed: OwedChanges, onEnded: () => void) {
    this.#owed = owed;
    this.#onEnded = onEnded;
  }

  [Symbol.iterator](): Iterator<QueuedFile> {
    return this.#files.values();
  }

  /** Also one that was removed and may still be on its way. */
  get(id: string): QueuedFile | null {
    return this.#files.get(id) ?? null;
  }

  /** The file that programs see under this id. */
  shown(id: string): QueuedFile | null {
    const file = this.#files.get(id);
    return file === undefined || file.removed ? null : file;
  }

  /** The id that the cloud gave what had this one. */
  cloudId(id: string): string {
    return this.#landed.get(id) ?? id;
  }

  add(file: QueuedFile): void {
    this.#files.set(file.id, file);
  }

  /** Whether a directory of the cloud has to stay: for what may still be made in it, or for what goes when a file has come. */
  needs(directoryId: string): boolean {
    for (const file of this.#files.values()) {
      if (mayHaveFileIn(file, directoryId) || this.#replacesIn(file, directoryId)) return true;
    }
    return false;
  }

  /** Whether programs see one in this directory. */
  showIn(directoryId: string): boolean {
    for (const { row, removed } of this.#files.values()) {
      if (!removed && row.state !== 'writing' && row.parentId === directoryId) return true;
    }
    return false;
  }

  /** Whether an entry of the cloud goes when a file has come. */
  replaces({ id }: Entry): boolean {
    for (const { row } of this.#files.values()) if (row.replaces.some((old) => old.id === id)) return true;
    return false;
  }

  /** Whether an entry that the cloud lists is what it made of a file that was removed or moved away here meanwhile. */
  isUnwanted(entry: Entry): boolean {
    for (const { row, attempt, removed } of this.#files.values()) {
      const isWanted = !removed && this.#owed.placeOf(row).parentId === entry.parentId;
      if (!isWanted && attempt !== null && isOf(attempt, entry)) return true;
    }
    return false;
  }

  /** Whether an entry that the cloud lists may be what it made of a file that is here. */
  mayHaveMade(entry: Entry): boolean {
    for (const { attempt } of this.#files.values()) if (attempt !== null && isOf(attempt, entry)) return true;
    return false;
  }

  patch(step: Step, file: QueuedFile, patch: FilePatch): void {
    step.record((rows) => rows.patchFile(file.id, patch));
    step.then(() => {
      file.row = { ...file.row, ...patch };
    });
  }

  /** As `patch`, of one generation: nothing when somebody has written to the file since. */
  advance(step: Step, file: QueuedFile, patch: FilePatch, generation: number): void {
    step.record((rows) => rows.patchFile(file.id, patch, generation));
    step.then(() => {
      if (file.row.state !== 'writing' && file.row.generation === generation)
        file.row = { ...file.row, ...patch };
    });
  }

  /** Something was begun for a file, or is known to have come to an end; `uncertain` as long as the cloud may have made a file of it. */
  know(file: QueuedFile, attempt: Attempt | null, uncertain: boolean): void {
    file.attempt = attempt;
    file.uncertain = uncertain;
    if (attempt?.entry !== null || !uncertain) this.#onEnded();
  }

  /** The cloud has it, as this: what it replaces goes. */
  land(step: Step, file: QueuedFile, entry: FileEntry): void {
    const place = placeOf(file);
    this.#forget(step, file);
    this.#owed.arrive(step, file.id, entry, place);
    for (const old of file.row.replaces) {
      if (old.id !== entry.id) this.#owed.removeReplaced(step, old, place);
    }
    step.then(() => this.#remember(file.id, entry.id));
  }

  /** The cloud has made a file of bytes that are older than what is here: it goes when the new ones have come. */
  supersede(step: Step, file: QueuedFile, entry: FileEntry): void {
    const replaces = [...file.row.replaces.filter(({ id }) => id !== entry.id), entry];
    this.patch(step, file, { replaces, checkpoint: null });
    step.show((tree) => tree.hide(entry.id));
    step.then(() => this.know(file, null, false));
  }

  /**
   * Another place, at which it takes the place of what is `replaced`. `stays`: on this machine. `trashed`: what the cloud
   * has of it goes at once, unless bytes of that are still to be fetched.
   */
  retarget(step: Step, file: QueuedFile, place: ShownPlace, { replaced, stays, trashed }: Retargeting): void {
    const { parentId, name, path } = place;
    const { state, missing } = file.row;
    const goes = trashed && state !== 'writing' && missing.length === 0 ? file.row.replaces : [];
    const replaces = [...(goes.length > 0 ? [] : file.row.replaces), ...replaced];
    const isOwed = state !== 'writing' && state !== 'local';
    this.patch(step, file, {
      ...{ parentId, name, path, replaces },
      ...(stays && isOwed ? { state: 'local' as const } : {}),
      ...(!stays && (state === 'local' || state === 'failed')
        ? { state: 'closed' as const, reason: null, nextTry: null }
        : {}),
    });
    step.show((tree) => tree.move(file.id, parentId, name));
    for (const { id } of replaced) step.show((tree) => tree.hide(id));
    for (const old of goes) this.#owed.removeReplaced(step, old, place);
  }

  /** The cloud has made a file of it although it is in the trash by now: that goes, and what is here stays. */
  shed(step: Step, file: QueuedFile, made: FileEntry): void {
    const goes = [...file.row.replaces.filter(({ id }) => id !== made.id), made];
    this.patch(step, file, { state: 'local', replaces: [], checkpoint: null });
    for (const old of goes) this.#owed.removeReplaced(step, old, placeOf(file));
    step.then(() => this.know(file, null, false));
  }

  /** Nobody wants it any more, and what became of it in the cloud is known. */
  end(step: Step, file: QueuedFile, made: FileEntry | null): void {
    this.#forget(step, file);
    if (made !== null) this.#owed.removeReplaced(step, made, placeOf(file));
  }

  /**
   * Gone for programs, with what it replaced unless that is `kept` for another. While it is not known whether the cloud
   * has made a file of it, the row stays, and whoever calls sees to its end.
   */
  remove(step: Step, file: QueuedFile, replaced: 'removed' | 'kept'): void {
    step.show((tree) => tree.hide(file.id));
    step.show((tree) => tree.settle(file.id));
    for (const old of replaced === 'removed' ? file.row.replaces : []) {
      this.#owed.removeReplaced(step, old, placeOf(file));
    }
    const { attempt } = file;
    const unwanted = attempt === null || !file.mayBeInCloud ? null : { ...attempt, unwanted: true };
    if (unwanted === null) this.#forget(step, file);
    else this.patch(step, file, { replaces: [], checkpoint: checkpointOf(unwanted) });
    step.then(() => {
      file.removed = true;
      this.know(file, unwanted, file.uncertain);
    });
  }

  /** A directory has the cloud's id now. */
  rehome(step: Step, localId: string, cloudId: string): void {
    for (const file of this.#files.values()) {
      if (file.row.parentId === localId) this.patch(step, file, { parentId: cloudId });
    }
  }

  /** What stays on this machine replaces nothing for as long as it does. */
  #replacesIn({ row, removed }: QueuedFile, directoryId: string): boolean {
    if (removed || row.state === 'local') return false;
    return row.replaces.some((old) => this.#owed.placeOf(old).parentId === directoryId);
  }

  #forget(step: Step, file: QueuedFile): void {
    step.record((rows) => rows.removeFile(file.id));
    step.then(() => {
      this.#files.delete(file.id);
      this.#onEnded();
    });
  }

  #remember(localId: string, cloudId: string): void {
    this.#landed.set(localId, cloudId);
    for (const oldest of this.#landed.keys()) {
      if (this.#landed.size <= REMEMBERED) return;
      this.#landed.delete(oldest);
    }
  }
}

/** Where programs see it. */
export function placeOf({ row }: QueuedFile): ShownPlace {
  return { parentId: row.parentId, name: row.name, path: row.path };
}

/** Whether the cloud makes a file of it in this directory, or has and nobody has moved that yet. */
function mayHaveFileIn({ attempt, uncertain, course }: QueuedFile, directoryId: string): boolean {
  if (attempt === null || !leadsInto(attempt, { id: directoryId })) return false;
  return uncertain || attempt.entry !== null || (course !== null && course.run !== null);
}

function isOf({ target, size, hashes }: Attempt, entry: Entry): boolean {
  if (entry.kind !== 'file' || entry.size !== size) return false;
  if (!samePlace(entry, { parentId: target.directory.id, name: target.name })) return false;
  return entry.hash === null || entry.hash.value === hashes[entry.hash.kind];
}
