import type { DirectoryEntry, Entry, FileEntry } from '../driver/entry.js';
import type { RapidContent, ServerCopy } from '../driver/writer.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { KeyedMutex } from '../lib/keyed-mutex.js';
import { isLocalId } from '../lib/local-id.js';
import type { ShownPlace } from './changes/owed-changes.js';
import { CurrentEntries } from './current-entries.js';
import { DriveQueue, type DriveQueueParts } from './drive-queue.js';
import type { BaseContent, DriveWrites, LocalFile, Place } from './drive-writes.js';
import { EmptinessCheck } from './emptiness-check.js';
import type { NewFile } from './journal/rows.js';
import type { Step } from './ledger.js';
import { Moves } from './moves.js';
import { newLocalId } from './new-local-id.js';
import { QueuedFile } from './queue/queued-file.js';
import { ServerCopies } from './server-copies.js';
import { Transfers } from './transfers.js';
import { RecycleBin } from './trash/recycle-bin.js';
import { UPLOAD_DEFAULTS, type UploadOptions } from './upload-options.js';

/** Everything that is written to one drive: kept here, shown at once, sent later. */
export class Writes implements DriveWrites {
  /** What is on its way, for people. */
  readonly transfers: Transfers;
  readonly #env: Env;
  readonly #parts: DriveQueueParts;
  readonly #queue: DriveQueue;
  readonly #emptiness: EmptinessCheck;
  readonly #current: CurrentEntries;
  readonly #moves: Moves;
  /** Null where the cloud copies nothing. */
  readonly #copies: ServerCopies | null;
  readonly #editing = new KeyedMutex();

  private constructor(env: Env, parts: DriveQueueParts, options: UploadOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#queue = new DriveQueue(env, parts, options);
    this.#emptiness = new EmptinessCheck(parts.driver, this.#queue);
    this.#current = new CurrentEntries(this.#queue, parts.tree);
    const { trash, copy } = parts.driver;
    const bin = trash === undefined ? null : new RecycleBin(env, parts.driver, trash);
    this.#moves = new Moves(env, this.#queue, this.#current, bin);
    this.#copies = copy === undefined ? null : this.#newCopies(copy);
    this.transfers = new Transfers(parts, this.#queue);
  }

  /**
   * Takes over what an earlier run owed: programs see it when this resolves, whether the cloud is there or not. The spool
   * must be open. Rejects with FsError: EROFS when the cloud cannot be written to.
   */
  static async open(env: Env, parts: DriveQueueParts, options: Partial<UploadOptions> = {}): Promise<Writes> {
    const writes = new Writes(env, parts, { ...UPLOAD_DEFAULTS, ...options });
    await writes.#queue.open();
    await writes.transfers.dropUnchanged();
    return writes;
  }

  get largestFile(): number | null {
    return this.#queue.writer.largestFile;
  }

  /** Ends what is under way, without waiting for the cloud; the next run goes on. */
  async close(): Promise<void> {
    await this.#copies?.close();
    await this.#queue.close();
  }

  /** Resolves when nothing is owed but what waits for a person. Rejects with the signal's reason on abort. */
  async idle(signal: AbortSignal): Promise<void> {
    await this.#copies?.idle(signal);
    await this.#queue.idle(signal);
  }

  async create(place: Place, call: Call): Promise<LocalFile> {
    call.signal.throwIfAborted();
    const { parentId, name, path } = this.#current.placed(place);
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
      const known = this.#current.fileOf(entry);
      if (known !== null) {
        if (base === 'empty') await known.spooled.truncate(0, call);
        else base.close();
        return known.spooled;
      }
      if (this.#queue.trash.ofOriginal(entry) !== null) throw inTrash(path);
      return await this.#edit(await this.#current.shown(entry), path, base, call);
    });
  }

  async makeDirectory(place: Place, call: Call): Promise<DirectoryEntry> {
    call.signal.throwIfAborted();
    const { parentId, name, path } = this.#current.placed(place);
    const now = this.#env.clock.now();
    const id = newLocalId(this.#env.random);
    const times = { modifiedAt: now, createdAt: now };
    const entry: DirectoryEntry = { kind: 'directory', id, parentId, name, ...times, attributes: {} };
    await this.#queue.ledger.step((step) => {
      const { owed, trash, directories } = this.#queue;
      if (trash.isFolder({ parentId, name, path })) trash.make(step, entry);
      // The cloud may have made the parent meanwhile.
      else owed.make(step, { ...entry, parentId: directories.id(parentId) }, path);
    });
    return entry;
  }

  async move(entry: Entry, place: Place, replaced: Entry | null, call: Call): Promise<string> {
    if (entry.kind === 'directory') await this.#queue.directories.learnAncestors(place.directory);
    if (replaced?.kind === 'directory') await this.#requireEmpty(replaced, place.path, call);
    const id = await this.#moves.move(entry, place, replaced, call);
    await this.#env.checkpoint('writes:moved');
    return id;
  }

  isTrashed(id: string): boolean {
    return (this.#queue.trash.of(id)?.original ?? null) !== null;
  }

  async remove(entry: FileEntry, path: string, call: Call): Promise<void> {
    call.signal.throwIfAborted();
    await this.#current.taking(entry, async (step, file) => {
      const trashed = this.#queue.trash.of(entry.id);
      if (trashed !== null) this.#queue.trash.forget(step, trashed);
      else if (file === null) this.#queue.owed.remove(step, await this.#current.shown(entry), path);
      else this.#queue.files.remove(step, file, 'removed');
    });
    await this.#env.checkpoint('writes:removed');
  }

  async removeDirectory(entry: DirectoryEntry, path: string, call: Call): Promise<void> {
    const { directories, owed, ledger, trash } = this.#queue;
    for (let removed = false; !removed;) {
      await this.#requireEmpty(entry, path, call);
      removed = await ledger.step(async (step) => {
        const id = directories.id(entry.id);
        this.#emptiness.requireNothingComing(id, path);
        const trashed = trash.of(id);
        if (trashed !== null) {
          trash.forget(step, trashed);
          return true;
        }
        const row = owed.list.of(id);
        // The cloud was asked to make it after it was found not to be there.
        if (row?.kind === 'makeDirectory' && owed.mayBeMade(row)) return false;
        owed.remove(step, await this.#current.shown(entry), path);
        return true;
      });
    }
  }

  /** As DriveWrites.copy; also of a directory of the cloud, with what the cloud has in it. */
  async copy(source: Entry, place: Place, call: Call): Promise<boolean> {
    const shown = await this.#current.shown(source);
    const target = this.#current.placed(place);
    const directory = await this.#queue.directories.inCloud(target.parentId);
    if (this.#copies === null || directory === null || isLocalId(shown.id)) return false;
    if (shown.kind !== source.kind || this.#current.fileOf(source) !== null) return false;
    const made = await this.#copies.copy(shown, this.#queue.owed.namesOf(shown), directory, call);
    await this.#arrived(made, target);
    return true;
  }

  /**
   * A file of bytes that the cloud knows, shown when this resolves; null when the cloud does not know them, or cannot make
   * files so. Its directory must be in the cloud. Rejects as RapidUpload.create does.
   */
  async makeKnown(place: Place, content: RapidContent, call: Call): Promise<FileEntry | null> {
    const { rapid } = this.#parts.driver;
    const target = this.#current.placed(place);
    const directory = await this.#queue.directories.inCloud(target.parentId);
    if (rapid === undefined || directory === null) return null;
    const made = await rapid.create({ directory, name: place.name }, content, call);
    if (made !== null) await this.#arrived(made, target);
    return made;
  }

  /** The cloud has something that was made, or moved there, without this queue: it is shown, with the name of the place. */
  async arrived(entry: Entry, place: Place): Promise<void> {
    await this.#arrived(entry, this.#current.placed(place));
  }

  /** The cloud has moved something out of this drive without this queue: it is shown no longer. */
  async left({ id }: Entry): Promise<void> {
    await this.#queue.ledger.step((step) => {
      step.show((tree) => tree.hide(id));
      step.show((tree) => tree.settle(id));
    });
  }

  #newCopies(copies: ServerCopy): ServerCopies {
    const { driver } = this.#parts;
    return new ServerCopies(this.#env, {
      ...{ driver, copies, bell: this.#queue.bell },
      isKnown: (entry) => this.#isKnown(entry),
      discard: (made) => this.#discard(made),
    });
  }

  /** Whether programs may have seen it, or it may be a file that was written here. */
  async #isKnown(entry: Entry): Promise<boolean> {
    const { owed, files } = this.#queue;
    if (owed.list.of(entry.id) !== null || owed.settled.of(entry.id) !== null) return true;
    if (files.replaces(entry) || files.mayHaveMade(entry)) return true;
    return (await this.#parts.tree.entry(entry.id)) !== null;
  }

  /** Something that the cloud has made and nobody wants goes. */
  async #discard(made: Entry): Promise<void> {
    const { ledger, owed } = this.#queue;
    await ledger.step(async (step) => {
      if (!(await this.#isKnown(made))) owed.remove(step, made, `/${made.name}`);
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
      step.then(() => this.#current.edited(entry.id, file));
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
}

function inTrash(path: string): FsError {
  const message = `${path}: it is in the recycle bin of the cloud; take it out of the trash first`;
  return new FsError('EACCES', message, { expected: true });
}
