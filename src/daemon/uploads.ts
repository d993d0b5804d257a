import { join } from 'node:path';
import type { Config } from '../config/config.js';
import type { Adoption } from '../content/adoption.js';
import type { Content, ContentSource } from '../content/content.js';
import type { FileEntry } from '../driver/entry.js';
import type { Account } from '../driver/account.js';
import type { Env } from '../lib/env.js';
import { type FsError, toFsError } from '../lib/errors.js';
import { rangeLength } from '../lib/range.js';
import type { BaseContent } from '../upload/drive-writes.js';
import type { DriveQueueParts } from '../upload/drive-queue.js';
import { Hasher } from '../upload/hasher/hasher.js';
import { Journal } from '../upload/journal/journal.js';
import type { NameTree } from '../upload/name-tree.js';
import { Bandwidth } from '../upload/queue/bandwidth.js';
import { UploadSlots } from '../upload/queue/upload-slots.js';
import type { UploadListener } from '../upload/upload-event.js';
import { SpoolSpace } from '../upload/spool/spool-space.js';
import { Spool } from '../upload/spool/spool.js';
import { Writes } from '../upload/writes.js';

export interface UploadsParts {
  readonly content: Content;
  /** Null when nothing that was read is kept on disk. */
  readonly adoption: Adoption | null;
}

/** A drive that may be written to. */
export interface WrittenDrive {
  readonly name: string;
  readonly account: Account;
  readonly source: ContentSource;
  /** Open already. */
  readonly tree: NameTree;
  readonly close: 'async' | 'sync';
  readonly tell: UploadListener;
}

/** What is written to one drive, with all that belongs to it. */
export interface DriveUploads {
  readonly writes: Writes;
  /** Ends what is under way, without waiting for the cloud. */
  close(): Promise<void>;
}

/** The journal, or why there is none. */
type Keeping =
  | { readonly kind: 'kept'; readonly journal: Journal }
  | { readonly kind: 'refused'; readonly error: FsError };

/** What the drives share for writing: journal, spool space, the thread that hashes, the turns of each account. */
export class Uploads {
  readonly #env: Env;
  readonly #config: Config['upload'];
  readonly #parts: UploadsParts;
  readonly #keeping: Keeping;
  readonly #space: SpoolSpace;
  readonly #hasher = new Hasher();
  readonly #slots = new Map<string, UploadSlots>();

  private constructor(env: Env, config: Config['upload'], parts: UploadsParts, keeping: Keeping) {
    const { path, size, keepFree } = config.spool;
    this.#env = env;
    this.#config = config;
    this.#parts = parts;
    this.#keeping = keeping;
    this.#space = new SpoolSpace(path, { size, keepFree });
  }

  /** Never rejects: without its journal no drive can be written to, and says why. */
  static async open(env: Env, config: Config, parts: UploadsParts): Promise<Uploads> {
    const keeping = await openJournal(env, join(config.state.path, 'journal.sqlite'));
    return new Uploads(env, config.upload, parts, keeping);
  }

  /** Bytes that wait for the clouds, and the most they may become. */
  get spool(): { readonly used: number; readonly limit: number } {
    return { used: this.#space.used, limit: this.#space.limit };
  }

  /** The turns of an account's uploads. */
  slots(account: string): UploadSlots {
    const { parallel, bandwidth } = this.#config;
    const { clock } = this.#env;
    const slots =
      this.#slots.get(account) ?? new UploadSlots(clock, new Bandwidth(clock, bandwidth), parallel);
    this.#slots.set(account, slots);
    return slots;
  }

  /** Whether an earlier run has left something that a drive's cloud is owed. Rejects with FsError. */
  async owes(drive: string): Promise<boolean> {
    if (this.#keeping.kind === 'refused') return false;
    const { journal } = this.#keeping;
    const [files, changes] = [await journal.files(drive), await journal.changes(drive)];
    return files.length > 0 || changes.length > 0;
  }

  /**
   * Takes over what an earlier run owed a drive; programs see it when this resolves. Needs no cloud. Null when the cloud
   * takes no writes. Rejects with FsError: then the drive can only be read.
   */
  async begin(drive: WrittenDrive): Promise<DriveUploads | null> {
    const { driver } = drive.source;
    if (driver.write === undefined) return null;
    if (this.#keeping.kind === 'refused') throw this.#keeping.error;
    const { journal } = this.#keeping;
    const { path: directory } = this.#config.spool;
    const options = { drive: drive.name, directory, largest: driver.write.largestFile };
    const spool = await Spool.open(this.#env, { journal, space: this.#space }, options);
    const { delay, junk } = this.#config;
    const parts = this.#queueParts(drive, journal, spool);
    const writes = await Writes.open(this.#env, parts, { delay, junk, close: drive.close });
    return {
      writes,
      async close() {
        await writes.close();
        await spool.close();
      },
    };
  }

  /** Resolves when the journal is on disk. The drives must be closed. */
  async close(): Promise<void> {
    await this.#hasher.close();
    if (this.#keeping.kind === 'kept') await this.#keeping.journal.close();
  }

  #queueParts(drive: WrittenDrive, journal: Journal, spool: Spool): DriveQueueParts {
    const { account, source, tell } = drive;
    return {
      ...{ drive: drive.name, driver: source.driver, tree: drive.tree, journal, spool },
      slots: this.slots(account.name),
      hasher: this.#hasher,
      health: () => account.health(),
      onUploaded: async (entry, content) => {
        await this.#parts.adoption?.adopt(account.name, entry, content);
      },
      openBase: (entry) => this.#baseOf(source, entry),
      tell,
    };
  }

  #baseOf(source: ContentSource, entry: FileEntry): BaseContent {
    const content = this.#parts.content.open(source, entry);
    return {
      size: entry.size,
      read: (range, call) => content.read(range.start, rangeLength(range), call),
      close: () => content.close(),
    };
  }
}

async function openJournal(env: Env, path: string): Promise<Keeping> {
  try {
    return { kind: 'kept', journal: await Journal.open(env, path) };
  } catch (thrown) {
    const error = toFsError(thrown);
    env.log.error('nothing can be written: the journal cannot be opened', { path, error });
    return { kind: 'refused', error };
  }
}
