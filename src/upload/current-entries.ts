import type { Entry } from '../driver/entry.js';
import type { ShownPlace } from './changes/owed-changes.js';
import type { DriveQueue } from './drive-queue.js';
import type { Place } from './drive-writes.js';
import type { Step } from './ledger.js';
import type { NameTree } from './name-tree.js';
import type { QueuedFile } from './queue/queued-file.js';

type Taking = (step: Step, file: QueuedFile | null) => Promise<void>;

/** What programs mean by an entry that they looked up a while ago: the cloud, or another program, may have been faster. */
export class CurrentEntries {
  readonly #queue: DriveQueue;
  readonly #tree: NameTree;
  /** Local ids by those of the files that they are changed copies of. */
  readonly #edited = new Map<string, string>();

  constructor(queue: DriveQueue, tree: NameTree) {
    this.#queue = queue;
    this.#tree = tree;
  }

  /** A file is a changed copy of what was shown under this id. */
  edited(id: string, { id: localId }: QueuedFile): void {
    this.#edited.set(id, localId);
  }

  /** The file that programs see under this id, or that took the place of what they saw under it. */
  fileOf({ id }: Entry): QueuedFile | null {
    const { files } = this.#queue;
    const edited = this.#edited.get(id);
    const file = files.shown(edited ?? id);
    if (file === null && edited !== undefined) this.#edited.delete(id);
    return file;
  }

  /** As the tree shows it now: whoever asks may have looked a while ago, and the cloud may have made it since. */
  async shown(entry: Entry): Promise<Entry> {
    const { files, directories } = this.#queue;
    const id = entry.kind === 'file' ? files.cloudId(entry.id) : directories.id(entry.id);
    const shown = await this.#tree.entry(id);
    if (shown === null) return { ...entry, id };
    return { ...shown, parentId: directories.id(shown.parentId) };
  }

  /** Throws EPERM in a directory that is in the trash. */
  placed({ directory, name, path }: Place): ShownPlace {
    const { directories, trash } = this.#queue;
    directories.learn(directory);
    const parentId = directories.id(directory.id);
    trash.requireChangeable(parentId, path);
    return { parentId, name, path };
  }

  /**
   * A step in which what programs see as this entry goes; `plan` gets the file that is here of it. Begun again when the
   * cloud got it, or a program began to change it, just before: another thing has to go then.
   */
  async taking(entry: Entry | null, plan: Taking): Promise<void> {
    while (!(await this.#taken(entry, plan)));
  }

  async #taken(entry: Entry | null, plan: Taking): Promise<boolean> {
    const file = entry === null ? null : this.fileOf(entry);
    const outcome = { taken: false };
    await this.#queue.uploads.forget(file, async (step) => {
      outcome.taken = entry === null || this.fileOf(entry) === file;
      if (outcome.taken) await plan(step, file);
    });
    return outcome.taken;
  }
}
