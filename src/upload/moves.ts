import type { Entry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError, notFound } from '../lib/errors.js';
import type { ShownPlace } from './changes/owed-changes.js';
import type { CurrentEntries } from './current-entries.js';
import type { DriveQueue } from './drive-queue.js';
import type { Place } from './drive-writes.js';
import type { TrashRow } from './journal/rows.js';
import type { Step } from './ledger.js';
import type { QueuedFile } from './queue/queued-file.js';
import type { RecycleBin } from './trash/recycle-bin.js';

/** What goes because something takes its place. */
interface Going {
  /** As it was shown; null for nothing. */
  readonly replaced: Entry | null;
  /** The file that is here of it. */
  readonly victim: QueuedFile | null;
}

/** What gets another place or name: in the cloud, on this machine, into the trash and out of it. */
export class Moves {
  readonly #env: Pick<Env, 'checkpoint'>;
  readonly #queue: DriveQueue;
  readonly #current: CurrentEntries;
  readonly #bin: RecycleBin | null;

  /** `bin` is null when the cloud gives nothing back. */
  constructor(
    env: Pick<Env, 'checkpoint'>,
    queue: DriveQueue,
    current: CurrentEntries,
    bin: RecycleBin | null,
  ) {
    this.#env = env;
    this.#queue = queue;
    this.#current = current;
    this.#bin = bin;
  }

  /** As DriveWrites.move; `replaced`, if it is a directory, was found empty. */
  async move(entry: Entry, place: Place, replaced: Entry | null, call: Call): Promise<string> {
    const { trash } = this.#queue;
    const row = trash.of(entry.id);
    const { parentId, path } = this.#current.placed(place);
    if (row !== null && !trash.holds(parentId)) return await this.#outOfTrash(row, place, replaced, call);
    if (entry.kind === 'directory' && trash.holds(parentId)) await this.#made(entry, path, call);
    let id = entry.id;
    await this.#current.taking(replaced, async (step, victim) => {
      id = await this.#moved(step, entry, this.#current.placed(place), { replaced, victim });
    });
    return id;
  }

  /** Answers the id that it is shown under then. */
  async #moved(step: Step, entry: Entry, target: ShownPlace, goes: Going): Promise<string> {
    const file = this.#current.fileOf(entry);
    if (file !== null) {
      await this.#retarget(step, file, target, goes);
      return file.id;
    }
    const id = await this.#placed(step, entry, target);
    await this.#remove(step, goes, target);
    return id;
  }

  async #placed(step: Step, entry: Entry, target: ShownPlace): Promise<string> {
    const { trash, owed } = this.#queue;
    const row = trash.of(entry.id);
    if (row !== null) {
      trash.move(step, row, target);
      return entry.id;
    }
    const shown = await this.#current.shown(entry);
    if (trash.holds(target.parentId)) return await trash.take(step, shown, target);
    owed.move(step, shown, target);
    return shown.id;
  }

  /** A file that only exists here gets another place, and takes the place of what is there. */
  async #retarget(step: Step, file: QueuedFile, target: ShownPlace, goes: Going): Promise<void> {
    const { files, uploads } = this.#queue;
    const replaced = await this.#replacedBy(step, goes);
    files.retarget(step, file, target, {
      replaced,
      stays: this.#queue.staysHere({ ...file.row, ...target }),
      trashed: this.#queue.trash.holds(target.parentId),
    });
    if (goes.victim !== null) files.remove(step, goes.victim, 'kept');
    step.then(() => {
      if (file.isOwed) uploads.begin(file);
      else uploads.stop(file);
    });
  }

  /** What the file that takes a place has to replace. */
  async #replacedBy(step: Step, { replaced, victim }: Going): Promise<readonly Entry[]> {
    if (replaced === null) return [];
    if (victim !== null) return victim.row.replaces;
    const row = this.#queue.trash.of(replaced.id);
    if (row === null) return [await this.#current.shown(replaced)];
    this.#queue.trash.forget(step, row);
    return [];
  }

  /** What is replaced by something of the cloud. */
  async #remove(step: Step, { replaced, victim }: Going, { path }: ShownPlace): Promise<void> {
    const { trash, files, owed } = this.#queue;
    if (replaced === null) return;
    const row = trash.of(replaced.id);
    if (victim !== null) files.remove(step, victim, 'removed');
    else if (row !== null) trash.forget(step, row);
    else owed.remove(step, await this.#current.shown(replaced), path);
  }

  /** The cloud gives back what was removed, before programs see it anywhere else. */
  async #outOfTrash(row: TrashRow, place: Place, replaced: Entry | null, call: Call): Promise<string> {
    const { original, shown } = row;
    if (original === null) {
      const message = `${place.path}: a folder of the trash stays in the trash`;
      throw new FsError('EPERM', message, { expected: true });
    }
    await this.#holding(original.id, call, async () => {
      const now = this.#queue.trash.of(shown.id);
      if (now === null) throw notFound(place.path);
      const back = await this.#inCloud(original, now.removedAt, call);
      await this.#env.checkpoint('trash:back');
      await this.#current.taking(replaced, async (step, victim) => {
        const target = this.#current.placed(place);
        this.#queue.trash.giveBack(step, now, back, target);
        await this.#remove(step, { replaced, victim }, target);
      });
    });
    return original.id;
  }

  /** As the cloud has it, once it has it again; a removal that the cloud was never asked for needs no call. */
  async #inCloud(original: Entry, removedAt: number | null, call: Call): Promise<Entry> {
    const { owed } = this.#queue;
    const row = owed.list.of(original.id);
    if (row !== null && row.attempts === 0 && !owed.asked.has(original.id)) return row.entry;
    if (this.#bin === null) throw notFound(original.name);
    return await this.#bin.giveBack(original, removedAt, call);
  }

  /** While it runs the cloud is asked for nothing else of this entry. */
  async #holding(id: string, { signal }: Call, work: () => Promise<void>): Promise<void> {
    const { owed, bell, gathering } = this.#queue;
    await bell.until(() => !owed.inFlight.has(id) && !owed.held.has(id), signal);
    owed.held.add(id);
    try {
      await work();
    } finally {
      owed.held.delete(id);
      bell.ring();
      gathering.again();
    }
  }

  /** What only exists here cannot be in the recycle bin: the cloud makes the directory first. EBUSY when it does not. */
  async #made({ id }: Entry, path: string, call: Call): Promise<void> {
    const { owed, directories, gathering, bell, sender } = this.#queue;
    const isMade = (): boolean => owed.list.of(directories.id(id))?.kind !== 'makeDirectory';
    const isRefused = (): boolean => {
      const row = owed.list.of(id);
      return sender.trouble !== null || (row !== null && sender.refusalOf(row) !== null);
    };
    if (isMade()) return;
    gathering.now();
    await bell.until(() => isMade() || isRefused(), call.signal);
    if (!isMade()) throw new FsError('EBUSY', `${path}: the cloud does not have this folder yet`);
  }
}
