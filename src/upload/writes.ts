import type { DirectoryEntry, Entry, FileEntry } from '../driver/entry.js';
import type { RapidContent } from '../driver/writer.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { KeyedMutex } from '../lib/keyed-mutex.js';
import { isLocalId } from '../lib/local-id.js';
import type { ShownPlace } from './changes/owed-changes.js';
import { DriveQueue, type DriveQueueParts } from './drive-queue.js';
import type { BaseContent, DriveWrites, LocalFile, Place } from './drive-writes.js';
import { EmptinessCheck } from './emptiness-check.js';
import type { NewFile } from './journal/rows.js';
import type { Step } from './ledger.js';
import { newLocalId } from './new-local-id.js';
import { QueuedFile } from './queue/queued-file.js';
import { ServerCopies } from './server-copies.js';
import { Transfers } from './transfers.js';
import { UPLOAD_DEFAULTS, type UploadOptions } from './upload-options.js';

type Taking = (step: Step, file: QueuedFile | null) => Promise<void>;

/** Everything that is written to one drive: kept here, shown at once, sent later. */
export class Writes implements DriveWrites {
  /** What is on its way, for people. */
  readonly transfers: Transfers;
  readonly #env: Env;
  readonly #parts: DriveQueueParts;
  readonly #queue: DriveQueue;
  readonly #emptiness: EmptinessCheck;
  readonly #editing = new KeyedMutex();
  /** Local ids by those of the files that they are changed copies of. */
  readonly #edited = new Map<string, string>();

  private constructor(env: Env, parts: DriveQueueParts, options: UploadOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#queue = new DriveQueue(env, parts, options);
    this.#emptiness = new EmptinessCheck(parts.driver, this.#queue.owed, this.#queue.files);
    this.transfers = new Transfers(parts, this.#queue);
  }

  /**
   * Takes over what an earlier run owed: programs see it when this resolves, whether the cloud is there or not. The spool
   * must be open. Rejects with FsError: EROFS when the cloud cannot be written to.
   */
  static async open(env: Env, parts: DriveQueueParts, options: Partial<UploadOptions> = {}): Promise<Writes> {
    const writes = new Writes(env, parts, { ...UPLOAD_DEFAULTS, ...options });
    await writes.#queue.open();
    return writes;
  }

  get largestFile(): number | null {
    return this.#queue.writer.largestFile;
  }

  /** Ends what is under way, without waiting for the cloud; the next run goes on. */
  async close(): Promise<void> {
    await this.#queue.close();
  }

  /** Resolves when nothing is owed but what waits for a person. Rejects with the signal's reason on abort. */
  async idle(signal: AbortSignal): Promise<void> {
    await this.#queue.idle(signal);
  }

  async create(place: Place, call: Call): Promise<LocalFile> {
    call.signal.throwIfAborted();
    const { parentId, name, path } = this.#placed(place);
    const id = newLocalId(this.#env.random);
    const file = await this.#begin({ id, parentId, name, path, replaces: [], base: null }, null);
    await this.#queue.ledger.step((step) => this.#show(step, file));
    return file.spooled;
  }

  local(id: string): LocalFile | null {
    return this.#queue.files.shown(id)?.spooled ?? null;
  }

  async edit(entry: FileEntry, path: string, base: BaseContent | 'empty', call: Call): Promise<LocalFile> {
    return await this.#editing.run(entry.id, async () => {
      const known = this.#fileOf(entry);
      if (known !== null) {
        if (base === 'empty') await known.spooled.truncate(0, call);
        else base.close();
        return known.spooled;
      }
      return await this.#edit(await this.#shown(entry), path, base, call);
    });
  }

  async makeDirectory(place: Place, call: Call): Promise<DirectoryEntry> {
    call.signal.throwIfAborted();
    const { parentId, name, path } = this.#placed(place);
    const now = this.#env.clock.now();
    const id = newLocalId(this.#env.random);
    const times = { modifiedAt: now, createdAt: now };
    const entry: DirectoryEntry = { kind: 'directory', id, parentId, name, ...times, attributes: {} };
    await this.#queue.ledger.step((step) => {
      // The cloud may have made the parent meanwhile.
      this.#queue.owed.make(step, { ...entry, parentId: this.#queue.directories.id(parentId) }, path);
    });
    return entry;
  }

  async move(entry: Entry, place: Place, replaced: Entry | null, call: Call): Promise<void> {
    if (entry.kind === 'directory') await this.#queue.directories.learnAncestors(place.directory);
    if (replaced?.kind === 'directory') await this.#requireEmpty(replaced, place.path, call);
    await this.#taking(replaced, async (step, victim) => {
      const target = this.#placed(place);
      const file = this.#fileOf(entry);
      if (file === null) this.#queue.owed.move(step, await this.#shown(entry), target);
      else this.#retarget(step, file, target, await this.#replacedBy(replaced, victim));
      if (replaced === null) return;
      if (victim !== null) this.#queue.files.remove(step, victim, file === null ? 'removed' : 'kept');
      else if (file === null) this.#queue.owed.remove(step, await this.#shown(replaced), place.path);
    });
    await this.#env.checkpoint('writes:moved');
  }

  async remove(entry: FileEntry, path: string, call: Call): Promise<void> {
    call.signal.throwIfAborted();
    await this.#taking(entry, async (step, file) => {
      if (file === null) this.#queue.owed.remove(step, await this.#shown(entry), path);
      else this.#queue.files.remove(step, file, 'removed');
    });
    await this.#env.checkpoint('writes:removed');
  }

  async removeDirectory(entry: DirectoryEntry, path: string, call: Call): Promise<void> {
    const { directories, owed, ledger } = this.#queue;
    for (let removed = false; !removed;) {
      await this.#requireEmpty(entry, path, call);
      removed = await ledger.step(async (step) => {
        const id = directories.id(entry.id);
        this.#emptiness.requireNothingComing(id, path);
        const row = owed.list.of(id);
        // The cloud was asked to make it after it was found not to be there.
        if (row?.kind === 'makeDirectory' && owed.mayBeMade(row)) return false;
        owed.remove(step, await this.#shown(entry), path);
        return true;
      });
    }
  }

  /** As DriveWrites.copy; also of a directory of the cloud, with what the cloud has in it. */
  async copy(source: Entry, place: Place, call: Call): Promise<boolean> {
    const { driver } = this.#parts;
    const shown = await this.#shown(source);
    const target = this.#placed(place);
    const directory = await this.#queue.directories.inCloud(target.parentId);
    if (driver.copy === undefined || directory === null || isLocalId(shown.id)) return false;
    if (shown.kind !== source.kind || this.#fileOf(source) !== null) return false;
    const copies = new ServerCopies(this.#env.clock, driver, driver.copy);
    const made = await copies.copy(shown, this.#queue.owed.namesOf(shown), directory, call);
    await this.#arrived(made, target);
    return true;
  }

  /**
   * A file of bytes that the cloud knows, shown when this resolves; null when the cloud does not know them, or cannot make
   * files so. Its directory must be in the cloud. Rejects as RapidUpload.create does.
   */
  async makeKnown(place: Place, content: RapidContent, call: Call): Promise<FileEntry | null> {
    const { rapid } = this.#parts.driver;
    const target = this.#placed(place);
    const directory = await this.#queue.directories.inCloud(target.parentId);
    if (rapid === undefined || directory === null) return null;
    const made = await rapid.create({ directory, name: place.name }, content, call);
    if (made !== null) await this.#arrived(made, target);
    return made;
  }

  /** The cloud has something that was made, or moved there, without this queue: it is shown, with the name of the place. */
  async arrived(entry: Entry, place: Place): Promise<void> {
    await this.#arrived(entry, this.#placed(place));
  }

  /** The cloud has moved something out of this drive without this queue: it is shown no longer. */
  async left({ id }: Entry): Promise<void> {
    await this.#queue.ledger.step((step) => {
      step.show((tree) => tree.hide(id));
      step.show((tree) => tree.settle(id));
    });
  }

  async #arrived(made: Entry, target: ShownPlace): Promise<void> {
    await this.#queue.ledger.step((step) => {
      step.show((tree) => tree.add(made));
      this.#queue.owed.arrive(step, made.id, made, target);
    });
  }

  async #edit(entry: Entry, path: string, base: BaseContent | 'empty', call: Call): Promise<LocalFile> {
    call.signal.throwIfAborted();
    const { parentId, name } = entry;
    const kept = base === 'empty' || entry.kind !== 'file' ? null : entry;
    const begun: NewFile = {
      id: newLocalId(this.#env.random),
      parentId,
      name,
      path,
      replaces: [entry],
      base: kept,
    };
    const file = await this.#begin(begun, base === 'empty' ? null : base);
    await this.#queue.ledger.step((step) => {
      this.#show(step, file);
      step.show((tree) => tree.hide(entry.id));
      step.then(() => void this.#edited.set(entry.id, file.id));
    });
    return file.spooled;
  }

  async #begin(begun: NewFile, base: BaseContent | null): Promise<QueuedFile> {
    const spooled = await this.#parts.spool.create(begun, base);
    const row = await this.#parts.journal.file(begun.id);
    if (row === null) throw new FsError('EIO', `${begun.path}: its record is lost`);
    const file = new QueuedFile(spooled, row);
    this.#queue.files.add(file);
    return file;
  }

  /** Programs see a new file, in a directory that the cloud may have made meanwhile. */
  #show(step: Step, file: QueuedFile): void {
    const parentId = this.#queue.directories.id(file.row.parentId);
    if (parentId !== file.row.parentId) this.#queue.files.patch(step, file, { parentId });
    step.show((tree) => tree.add(file.entry));
  }

  /** A file that only exists here gets another place, and takes the place of what is there. */
  #retarget(step: Step, file: QueuedFile, place: ShownPlace, replaced: readonly Entry[]): void {
    const { files, uploads } = this.#queue;
    const { parentId, name, path } = place;
    const stays = this.#queue.staysHere(name, file.row.size);
    const { state } = file.row;
    const isOwed = state !== 'writing' && state !== 'local';
    const replaces = [...file.row.replaces, ...replaced];
    files.patch(step, file, {
      ...{ parentId, name, path, replaces },
      ...(stays && isOwed ? { state: 'local' as const } : {}),
      ...(!stays && (state === 'local' || state === 'failed')
        ? { state: 'closed' as const, reason: null, nextTry: null }
        : {}),
    });
    step.show((tree) => tree.move(file.id, parentId, name));
    for (const { id } of replaced) step.show((tree) => tree.hide(id));
    step.then(() => {
      if (file.isOwed) uploads.begin(file);
      else uploads.stop(file);
    });
  }

  /**
   * A step in which what programs see as this entry goes; `plan` gets the file that is here of it. Begun again when the
   * cloud got it, or a program began to change it, just before: another thing has to go then.
   */
  async #taking(entry: Entry | null, plan: Taking): Promise<void> {
    while (!(await this.#taken(entry, plan)));
  }

  async #taken(entry: Entry | null, plan: Taking): Promise<boolean> {
    const file = entry === null ? null : this.#fileOf(entry);
    const outcome = { taken: false };
    await this.#queue.uploads.forget(file, async (step) => {
      outcome.taken = entry === null || this.#fileOf(entry) === file;
      if (outcome.taken) await plan(step, file);
    });
    return outcome.taken;
  }

  /** What the file that takes a place has to replace. */
  async #replacedBy(replaced: Entry | null, victim: QueuedFile | null): Promise<readonly Entry[]> {
    if (replaced === null) return [];
    return victim === null ? [await this.#shown(replaced)] : victim.row.replaces;
  }

  async #requireEmpty(entry: DirectoryEntry, path: string, call: Call): Promise<void> {
    const { owed, directories, gathering, bell } = this.#queue;
    this.#emptiness.requireNothingComing(directories.id(entry.id), path);
    const row = owed.list.of(directories.id(entry.id));
    if (row?.kind === 'makeDirectory') {
      if (!owed.mayBeMade(row)) return;
      gathering.now();
      await bell.until(() => !isLocalId(directories.id(entry.id)), call.signal);
    }
    const directory = await directories.inCloud(entry.id);
    if (directory !== null) await this.#emptiness.requireEmptyInCloud(directory, path, call);
  }

  /** The file that programs see under this id, or that took the place of what they saw under it. */
  #fileOf({ id }: Entry): QueuedFile | null {
    const { files } = this.#queue;
    const edited = this.#edited.get(id);
    const file = files.shown(edited ?? id);
    if (file === null && edited !== undefined) this.#edited.delete(id);
    return file;
  }

  /** As the tree shows it now: whoever asks may have looked a while ago, and the cloud may have made it since. */
  async #shown(entry: Entry): Promise<Entry> {
    const { files, directories } = this.#queue;
    const id = entry.kind === 'file' ? files.cloudId(entry.id) : directories.id(entry.id);
    const shown = await this.#parts.tree.entry(id);
    if (shown === null) return { ...entry, id };
    return { ...shown, parentId: directories.id(shown.parentId) };
  }

  #placed({ directory, name, path }: Place): ShownPlace {
    const { directories } = this.#queue;
    directories.learn(directory);
    return { parentId: directories.id(directory.id), name, path };
  }
}
