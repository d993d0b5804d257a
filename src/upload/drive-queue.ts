import type { AccountHealth } from '../driver/account.js';
import type { Driver } from '../driver/driver.js';
import type { DirectoryEntry, Entry, FileEntry } from '../driver/entry.js';
import type { DriverWriter } from '../driver/writer.js';
import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import { ChangeOutcomes } from './changes/change-outcomes.js';
import { ChangeSender } from './changes/change-sender.js';
import { GatheringTimer } from './changes/gathering-timer.js';
import { OwedChanges } from './changes/owed-changes.js';
import { Refusals } from './changes/refusals.js';
import { Directories } from './directories.js';
import type { BaseContent } from './drive-writes.js';
import type { ContentHasher } from './hasher/hasher.js';
import type { FileRow } from './journal/rows.js';
import { junkMatcher } from './junk.js';
import { Ledger, type Step, type UploadJournal } from './ledger.js';
import { loginReturned } from './login-watch.js';
import type { NameTree } from './name-tree.js';
import { Bell } from './queue/bell.js';
import type { UploadSpool } from './queue/spooled-file.js';
import type { QueuedFile } from './queue/queued-file.js';
import { UploadCourse, type UploadedHook } from './queue/upload-course.js';
import type { FilePlace } from './queue/upload-failures.js';
import { UploadFiles } from './queue/upload-files.js';
import { UploadQueue } from './queue/upload-queue.js';
import type { UploadSlots } from './queue/upload-slots.js';
import { replay, restoreOriginal } from './replay.js';
import type { SpoolHooks } from './spool/spool-hooks.js';
import { LocalTrash } from './trash/local-trash.js';
import { PendingBelow } from './trash/pending-below.js';
import type { UploadListener } from './upload-event.js';
import type { UploadOptions } from './upload-options.js';

/** Milliseconds after the listing lag for which a restart still shows what the cloud has done. */
const SETTLING = 10_000;

/** The spool as whoever uploads its files needs it. */
export interface ListeningSpool extends UploadSpool {
  listen(hooks: SpoolHooks): void;
}

export interface DriveQueueParts {
  readonly drive: string;
  readonly driver: Driver;
  readonly tree: NameTree;
  readonly journal: UploadJournal;
  readonly spool: ListeningSpool;
  /** Of the account. */
  readonly slots: UploadSlots;
  readonly hasher: ContentHasher;
  readonly health: () => Pick<AccountHealth, 'login'>;
  readonly onUploaded: UploadedHook;
  /** The bytes of a file of the cloud. */
  readonly openBase: (entry: FileEntry) => BaseContent;
  readonly tell?: UploadListener;
}

/** What one drive owes its cloud, and all that works it off. */
export class DriveQueue {
  readonly writer: DriverWriter;
  readonly bell = new Bell();
  readonly refusals: Refusals;
  readonly directories: Directories;
  readonly ledger: Ledger;
  readonly owed: OwedChanges;
  readonly files: UploadFiles;
  readonly trash: LocalTrash;
  readonly sender: ChangeSender;
  readonly uploads: UploadQueue;
  readonly gathering: GatheringTimer;
  /** Files that an earlier run left unclosed; by id. */
  readonly drafts = new Map<string, FileRow>();
  readonly #env: Env;
  readonly #parts: DriveQueueParts;
  readonly #below: PendingBelow;
  readonly #isJunk: (name: string) => boolean;
  readonly #tell: UploadListener;
  readonly #ending = new AbortController();
  #settling: Promise<void> = Promise.resolve();

  /** Throws FsError EROFS when the cloud cannot be written to. */
  constructor(env: Env, parts: DriveQueueParts, options: UploadOptions) {
    const { driver, drive, tree } = parts;
    if (driver.write === undefined) throw new FsError('EROFS', `${drive}: this cloud cannot be written to`);
    this.writer = driver.write;
    this.#env = env;
    this.#parts = parts;
    this.#isJunk = junkMatcher(options.junk);
    this.#tell = parts.tell ?? (() => undefined);
    this.refusals = new Refusals((change) => this.#tell({ kind: 'refused', change }));
    this.directories = new Directories(tree);
    this.ledger = new Ledger(env, parts.journal, tree, this.bell);
    this.gathering = new GatheringTimer(env.clock, { quiet: options.quiet, longest: options.gather });
    this.owed = new OwedChanges({
      drive,
      caseSensitive: driver.facts.caseSensitive,
      directories: this.directories,
      onAdded: () => this.gathering.added(),
    });
    this.files = new UploadFiles(this.owed, () => this.gathering.again());
    this.#below = new PendingBelow(this.owed, this.files, tree);
    this.trash = new LocalTrash(env, {
      ...{ drive, owed: this.owed, below: this.#below },
      isKept: driver.trash !== undefined,
    });
    this.sender = this.#newSender();
    this.uploads = this.#newUploads(options);
  }

  /** Takes over what an earlier run owed; programs see it when this resolves. Needs no cloud. Rejects with FsError. */
  async open(): Promise<void> {
    const { owed, files, trash } = this;
    this.#parts.spool.listen(this.#hooks());
    const { tree } = this.#parts;
    for (const draft of await replay({ ...this.#parts, owed, files, trash })) {
      const restored = await this.ledger.step((step) => restoreOriginal(step, { tree, owed }, draft));
      this.drafts.set(draft.id, restored);
    }
    this.sender.start();
    this.uploads.start();
    if (owed.list.size > 0) this.gathering.added();
    this.#settling = this.#forgetSettled();
  }

  /** Ends what is under way; nothing of what is owed is lost. */
  async close(): Promise<void> {
    this.#ending.abort(new FsError('EINTR', 'the daemon ends', { expected: true }));
    await Promise.all([this.sender.close(), this.uploads.close(), this.#settling]);
  }

  /** Resolves when nothing is owed but what waits for a person. Rejects with the signal's reason on abort. */
  async idle(signal: AbortSignal): Promise<void> {
    await this.bell.until(() => !this.isOwing, signal);
  }

  /** Whether something will reach the cloud by itself. */
  get isOwing(): boolean {
    if (this.owed.list.size > 0) return true;
    for (const file of this.files) if (file.removed || file.isOwed) return true;
    return false;
  }

  /** Whether a file stays on this machine. */
  staysHere({ parentId, name, size }: FilePlace): boolean {
    if (this.trash.holds(parentId) || this.#isJunk(name)) return true;
    return size === 0 && !this.writer.emptyFiles;
  }

  #newSender(): ChangeSender {
    const { owed, ledger, refusals, files, gathering, writer, trash } = this;
    const outcomes = new ChangeOutcomes(this.#env, {
      ...{ owed, ledger, refusals },
      isReplaced: (entry) => files.replaces(entry),
      onMade: (step: Step, localId: string, directory: DirectoryEntry) => {
        files.rehome(step, localId, directory.id);
      },
      onRemoved: (step: Step, entry: Entry) => trash.removed(step, entry),
      onPutBack: (step: Step, entry: Entry) => trash.putBack(step, entry),
    });
    return new ChangeSender(this.#env, {
      ...{ driver: this.#parts.driver, writer, owed, outcomes, gathering, bell: this.bell },
      loggedIn: (signal) => this.#loggedIn(signal),
      isNeeded: (directoryId) => files.needs(directoryId),
      pendingBelow: (directoryId) => this.#below.blockerOf(directoryId),
    });
  }

  #newUploads(options: UploadOptions): UploadQueue {
    const { ledger, owed, files, bell, writer } = this;
    const { driver, journal, spool, slots, hasher, onUploaded } = this.#parts;
    const isTrashed = ({ row }: QueuedFile): boolean => this.trash.holds(row.parentId);
    const shared = { ledger, journal, files, spool, slots, bell, tell: this.#tell };
    const courses = new UploadCourse(this.#env, {
      ...shared,
      ...{ driver, writer, owed, hasher, onUploaded, isTrashed },
    });
    const parts = {
      ...{ ...shared, courses, isTrashed },
      staysHere: (file: FilePlace) => this.staysHere(file),
      loggedIn: (signal: AbortSignal) => this.#loggedIn(signal),
    };
    return new UploadQueue(this.#env, parts, options);
  }

  #hooks(): SpoolHooks {
    return {
      onDirty: (id) => {
        const file = this.files.get(id);
        if (file !== null) this.uploads.dirty(file);
      },
      onClosed: async (id, call) => {
        const file = this.files.get(id);
        if (file !== null) await this.uploads.closed(file, call);
      },
      onReleased: (id) => {
        const file = this.files.get(id);
        if (file !== null) this.uploads.released(file);
      },
      openBase: (entry) => this.#parts.openBase(entry),
    };
  }

  async #loggedIn(signal: AbortSignal): Promise<void> {
    await loginReturned(this.#env.clock, this.#parts.health, signal);
  }

  /** Rows of what the cloud has done go when its listings show it. */
  async #forgetSettled(): Promise<void> {
    const { signal } = this.#ending;
    const { owed, ledger, bell } = this;
    const span = this.#parts.driver.facts.listingLag + SETTLING;
    try {
      for (;;) {
        await bell.until(() => owed.settled.size > 0, signal);
        const settled = owed.settled.all();
        await this.#env.clock.sleep(span, signal);
        await ledger
          .step((step) => owed.settled.forget(step, settled))
          .catch((error: unknown) => {
            this.#env.log.warn('done changes stay in the journal', { error: toFsError(error) });
          });
      }
    } catch (error) {
      if (!signal.aborted) this.#env.log.error('done changes are not forgotten', { error });
    }
  }
}
