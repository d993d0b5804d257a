import type { Driver } from '../../driver/driver.js';
import type { FileEntry } from '../../driver/entry.js';
import type { ContentHashes, DriverWriter, UploadStage } from '../../driver/writer.js';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type { OwedChanges } from '../changes/owed-changes.js';
import type { ContentHasher } from '../hasher/hasher.js';
import type { Ledger, Step, UploadJournal } from '../ledger.js';
import { type Attempt, checkpointOf, newAttempt } from './attempt.js';
import type { Bell } from './bell.js';
import type { Course, QueuedFile } from './queued-file.js';
import type { SpooledContent, UploadSpool } from './spooled-file.js';
import type { UploadFiles } from './upload-files.js';
import { fileEvent, type UploadListener } from '../upload-event.js';
import { isRefusal, STOPPED, UploadRun } from './upload-run.js';
import type { UploadSlots } from './upload-slots.js';

/** changed: the cloud has older bytes than are here. held: a program has it open for writing. */
type Landing = 'landed' | 'changed' | 'held';

/** Keeps the spool from dropping a file; never leaves this file. */
const NOT_LANDED = new FsError('EBUSY', 'the file is still needed', { expected: true });

/** Told when the cloud has a file whose bytes are still here; the bytes go when it resolves. Logs its own failures. */
export type UploadedHook = (entry: FileEntry, content: SpooledContent) => Promise<void>;

export interface UploadCourseParts {
  readonly driver: Driver;
  readonly writer: DriverWriter;
  readonly journal: UploadJournal;
  readonly ledger: Ledger;
  readonly owed: OwedChanges;
  readonly files: UploadFiles;
  readonly spool: UploadSpool;
  readonly slots: UploadSlots;
  readonly hasher: ContentHasher;
  readonly bell: Bell;
  readonly onUploaded: UploadedHook;
  /** Whether a file was put into the trash, and is not to reach the cloud. */
  readonly isTrashed: (file: QueuedFile) => boolean;
  readonly tell: UploadListener;
}

/**
 * The way of a closed file to the cloud: its bytes are completed and hashed, what became of earlier tries is found out,
 * then it is uploaded, programs see the cloud's file in its place, and only then the bytes here go.
 */
export class UploadCourse {
  readonly #env: Env;
  readonly #parts: UploadCourseParts;

  constructor(env: Env, parts: UploadCourseParts) {
    this.#env = env;
    this.#parts = parts;
  }

  /** Resolves when the cloud has it, or when it was changed or removed meanwhile. Rejects with FsError. */
  async follow(file: QueuedFile, course: Course): Promise<void> {
    const { signal } = course.abort;
    const { spool, bell } = this.#parts;
    if (file.removed || this.#parts.isTrashed(file)) {
      await this.#conclude(file, signal);
      return;
    }
    await bell.until(() => this.#mayBegin(file), signal);
    await file.spooled.complete({ signal, urgency: 'background' });
    const content = await spool.contentOf(file.id);
    const hashes = await this.#hashes(file, content, signal);
    if (file.attempt !== null && file.attempt.generation !== content.generation) {
      await this.#conclude(file, signal);
    }
    const same = await this.#sameInCloud(file, content, hashes, signal);
    const entry = same ?? (await this.#inTurn(file, course, content, hashes));
    if (entry !== null) await this.#land(file, content, entry, signal);
  }

  async #inTurn(
    file: QueuedFile,
    course: Course,
    content: SpooledContent,
    hashes: ContentHashes,
  ): Promise<FileEntry | null> {
    const leave = await this.#parts.slots.take(content.size, course.abort.signal);
    return await this.#upload(file, course, content, hashes).finally(leave);
  }

  #mayBegin(file: QueuedFile): boolean {
    if (file.paused || this.#parts.slots.paused) return false;
    const { owed, files } = this.#parts;
    return file.attempt !== null || owed.isFree(file.row, (directoryId) => files.needs(directoryId));
  }

  async #hashes(file: QueuedFile, content: SpooledContent, signal: AbortSignal): Promise<ContentHashes> {
    if (file.row.hashes !== null) return file.row.hashes;
    file.activity = 'hashing';
    await this.#env.checkpoint('upload:hashing');
    const hashes = await this.#parts.hasher.hash(content.path, content.size, signal);
    if (!content.unchanged) throw changed(file);
    file.row = { ...file.row, hashes };
    file.activity = 'waiting';
    return hashes;
  }

  /** What this replaces, when it has the same bytes already and is still there: nothing need be uploaded then. */
  async #sameInCloud(
    file: QueuedFile,
    content: SpooledContent,
    hashes: ContentHashes,
    signal: AbortSignal,
  ): Promise<FileEntry | null> {
    // What was begun may have made a file: its end must be seen.
    for (const old of file.attempt === null ? file.row.replaces : []) {
      if (old.kind !== 'file' || old.size !== content.size) continue;
      if (old.hash === null || old.hash.value !== hashes[old.hash.kind]) continue;
      const now = await this.#parts.driver.stat(old, { signal, urgency: 'background' });
      if (now?.kind === 'file' && now.hash?.value === old.hash.value) return now;
    }
    return null;
  }

  async #upload(
    file: QueuedFile,
    course: Course,
    content: SpooledContent,
    hashes: ContentHashes,
  ): Promise<FileEntry | null> {
    const { signal } = course.abort;
    const attempt = file.attempt ?? (await this.#begin(file, content, hashes));
    if (attempt.entry !== null) return attempt.entry;
    if (file.removed || !content.unchanged) return null;
    const run = this.#run(file, attempt, (range, ended) => content.read(range, ended));
    course.run = run;
    this.#parts.tell(fileEvent('begun', file, null));
    try {
      const entry = await run.run(signal);
      // Whoever removes the file, or the folder it is in, before programs see the cloud's must know of it.
      if (file.attempt !== null) this.#parts.files.know(file, { ...file.attempt, entry }, file.uncertain);
      await this.#env.checkpoint('upload:done');
      return entry;
    } catch (error) {
      this.#unfinished(file, run, error);
      throw error;
    } finally {
      course.run = null;
      file.activity = 'waiting';
    }
  }

  async #begin(file: QueuedFile, content: SpooledContent, hashes: ContentHashes): Promise<Attempt> {
    const { owed, ledger, files } = this.#parts;
    const { parentId, name } = file.row;
    const directory = await owed.directories.inCloud(parentId);
    if (directory === null)
      throw new FsError('EAGAIN', `${file.row.path}: its folder is not in the cloud yet`);
    const attempt = newAttempt({ directory, name }, content.generation, content.size, hashes);
    await ledger.step((step) => {
      const { unchanged, generation } = content;
      if (!unchanged || file.removed || !(file.isOwed || file.isFull)) throw changed(file);
      files.advance(step, file, { state: 'rapid', hashes, checkpoint: checkpointOf(attempt) }, generation);
      step.then(() => files.know(file, attempt, false));
    });
    return attempt;
  }

  #run(file: QueuedFile, attempt: Attempt, read: SpooledContent['read']): UploadRun {
    const { writer, slots } = this.#parts;
    const parts = {
      ...{ writer, read },
      save: (saved: Attempt, stage: UploadStage) => this.#save(file, saved, stage),
      admit: (bytes: number, signal: AbortSignal) => slots.bandwidth.admit(bytes, signal),
      onStage: (stage: UploadStage) => {
        file.activity = stage;
      },
      onSent: (bytes: number) => {
        file.sent = bytes;
      },
    };
    return new UploadRun(parts, attempt);
  }

  /** What the driver wants to remember, whatever became of the file meanwhile. */
  async #save(file: QueuedFile, saved: Attempt, stage: UploadStage): Promise<void> {
    const { files, ledger } = this.#parts;
    await ledger.step((step) => {
      const attempt = { ...saved, unwanted: file.removed };
      files.patch(step, file, { checkpoint: checkpointOf(attempt) });
      if (file.isOwed) files.advance(step, file, { state: stage }, attempt.generation);
      step.then(() => files.know(file, attempt, file.uncertain));
    });
    await this.#env.checkpoint(`upload:${stage}`);
  }

  #unfinished(file: QueuedFile, run: UploadRun, error: unknown): void {
    // What was only stopped goes on where it was.
    const isOver = error !== STOPPED && isRefusal(error);
    this.#parts.files.know(file, isOver ? null : file.attempt, run.mayHaveMadeIt(error));
  }

  /** Finds out what became of an earlier try, whose bytes nobody wants any more. */
  async #conclude(file: QueuedFile, signal: AbortSignal): Promise<void> {
    const { ledger, files, spool, isTrashed } = this.#parts;
    const { attempt } = file;
    let made = attempt?.entry ?? null;
    if (attempt !== null && made === null && file.uncertain) {
      const nothing = (): Promise<never> => Promise.reject(STOPPED);
      made = await this.#run(file, attempt, nothing).conclude(signal);
    }
    const finish = (): Promise<void> =>
      ledger.step((step) => {
        if (file.removed) files.end(step, file, made);
        else if (made === null) this.#discard(step, file);
        else if (isTrashed(file)) files.shed(step, file, made);
        else files.supersede(step, file, made);
      });
    await (file.removed ? spool.drop(file.id, finish) : finish());
  }

  #discard(step: Step, file: QueuedFile): void {
    if (file.attempt === null) return;
    const { files } = this.#parts;
    files.patch(step, file, { checkpoint: null });
    step.then(() => files.know(file, null, false));
  }

  async #land(
    file: QueuedFile,
    content: SpooledContent,
    entry: FileEntry,
    signal: AbortSignal,
  ): Promise<void> {
    const { onUploaded, bell } = this.#parts;
    if (content.unchanged) await onUploaded(entry, content);
    for (;;) {
      const outcome = await this.#dropped(file, content, entry);
      if (outcome !== 'held') return;
      // Whoever has it open would write into a file that is gone.
      await bell.until(() => !file.spooled.held || !content.unchanged || file.removed, signal);
    }
  }

  async #dropped(file: QueuedFile, content: SpooledContent, entry: FileEntry): Promise<Landing> {
    const { spool, ledger } = this.#parts;
    const landing = { outcome: 'held' as Landing };
    try {
      await spool.drop(file.id, async () => {
        landing.outcome = await ledger.step((step) => this.#landing(step, file, content, entry));
        if (landing.outcome !== 'landed') throw NOT_LANDED;
      });
    } catch (error) {
      if (error !== NOT_LANDED) throw error;
    }
    return landing.outcome;
  }

  #landing(step: Step, file: QueuedFile, content: SpooledContent, entry: FileEntry): Landing {
    const { files, isTrashed } = this.#parts;
    if (file.removed) {
      files.end(step, file, entry);
      return 'landed';
    }
    if (isTrashed(file)) {
      files.shed(step, file, entry);
      return 'changed';
    }
    if (!content.unchanged) {
      files.supersede(step, file, entry);
      return 'changed';
    }
    if (!file.spooled.held) {
      files.land(step, file, entry);
      step.then(() => {
        file.spooled.become(entry.id);
        this.#parts.tell(fileEvent('done', file, null));
      });
      return 'landed';
    }
    const attempt = file.attempt === null ? null : { ...file.attempt, entry };
    files.patch(step, file, { checkpoint: checkpointOf(attempt) });
    step.then(() => {
      files.know(file, attempt, file.uncertain);
      file.confirmed = content.generation;
    });
    return 'held';
  }
}

function changed(file: QueuedFile): FsError {
  return new FsError('ESTALE', `${file.row.path}: it was changed`, { expected: true });
}
