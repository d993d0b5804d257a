import type { DirectoryEntry, Entry, FileEntry } from '../../driver/entry.js';
import type { DriverWriter, UploadContent, UploadProgress, UploadTarget } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import { bareDirectory } from './entries.js';
import { cloudCode, NAME_TAKEN } from './errors.js';
import { checkName } from './names.js';
import { Upload } from './upload.js';
import { lookUntilListed } from './visibility.js';
import type { WriteParts } from './write-parts.js';

/** Changes of a 115 drive through the Open platform (115-open.md §9-13, §17). */
export class Pan115OpenWriter implements DriverWriter {
  readonly batch: number;
  readonly largestFile = null;
  readonly #parts: WriteParts;
  #takesEmptyFiles = true;

  constructor(parts: WriteParts, batch: number) {
    this.#parts = parts;
    this.batch = batch;
  }

  /** Not documented (§17.3): true until the cloud has refused one. */
  get emptyFiles(): boolean {
    return this.#takesEmptyFiles;
  }

  async makeDirectory(parent: DirectoryEntry, name: string, call: Call): Promise<DirectoryEntry> {
    call.signal.throwIfAborted();
    checkName(name);
    const { changes, time } = this.#parts;
    try {
      const added = await changes.addFolder(parent.id, name, call);
      const now = Math.floor(time.now() / 1000) * 1000;
      const made = bareDirectory(added.file_id, parent.id, added.file_name === '' ? name : added.file_name);
      return { ...made, modifiedAt: now, createdAt: now };
    } catch (error) {
      if (cloudCode(error) !== NAME_TAKEN) throw error;
      return await this.#existing(parent, name, error, call);
    }
  }

  async rename(entry: Entry, name: string, call: Call): Promise<Entry> {
    call.signal.throwIfAborted();
    checkName(name);
    const told = (await this.#parts.changes.rename(entry.id, name, call)) ?? name;
    // The call succeeds for what is gone, too (§10).
    await this.#mustExist(entry, call);
    if (told !== name) {
      this.#parts.env.log.info('115 gave another name than asked for', {
        id: entry.id,
        asked: name,
        got: told,
      });
    }
    return { ...entry, name: told };
  }

  async move(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    call.signal.throwIfAborted();
    if (entries.length === 0) return;
    const { folders, lane, changes } = this.#parts;
    // A target that does not exist may be taken all the same, and the entries are then in no folder (§12).
    await folders.mustExist(target.id, call);
    const ids = entries.map((entry) => entry.id);
    await lane.run(call, () => changes.move(ids, target.id, call));
  }

  async remove(entries: readonly Entry[], call: Call): Promise<void> {
    call.signal.throwIfAborted();
    const [first] = entries;
    if (first === undefined) return;
    const { lane, changes } = this.#parts;
    const ids = entries.map((entry) => entry.id);
    try {
      await lane.run(call, () => changes.remove(ids, first.parentId, call));
    } catch (error) {
      if (!(error instanceof FsError) || error.reason !== 'gone') throw error;
    }
  }

  async upload(
    target: UploadTarget,
    content: UploadContent,
    progress: UploadProgress,
    call: Call,
  ): Promise<FileEntry> {
    call.signal.throwIfAborted();
    checkName(target.name);
    try {
      return await new Upload(this.#parts, target, content, progress, call).run();
    } catch (error) {
      if (content.size !== 0 || !(error instanceof FsError) || error.errno !== 'EINVAL') throw error;
      this.#takesEmptyFiles = false;
      throw new FsError('EINVAL', '115 Open: the cloud takes no empty files', {
        reason: 'refused',
        cause: error,
      });
    }
  }

  /** The folder that has the name already; a new one may be listed late (§9). */
  async #existing(
    parent: DirectoryEntry,
    name: string,
    refusal: unknown,
    call: Call,
  ): Promise<DirectoryEntry> {
    const { folders, env, listingLag } = this.#parts;
    const isIt = (entry: Entry): boolean => entry.kind === 'directory' && entry.name === name;
    const found = await lookUntilListed(env.clock, listingLag, env.clock.now(), call.signal, async () => {
      const [first] = await folders.matching(parent.id, isIt, call);
      return first?.kind === 'directory' ? first : null;
    });
    if (found !== null) return found;
    throw refusal;
  }

  async #mustExist(entry: Entry, call: Call): Promise<void> {
    const { folders } = this.#parts;
    if (entry.kind === 'directory') await folders.mustExist(entry.id, call);
    else if ((await folders.info(entry.id, call)) === null) {
      throw new FsError('ENOENT', `115 Open: ${entry.name} is gone`, { reason: 'gone', expected: true });
    }
  }
}
