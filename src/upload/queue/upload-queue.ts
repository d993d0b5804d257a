import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError, toFsError } from '../../lib/errors.js';
import type { Ledger, Step, UploadJournal } from '../ledger.js';
import type { UploadOptions } from '../upload-options.js';
import { samePlace } from '../changes/named-place.js';
import { attemptIn } from './attempt.js';
import type { Bell } from './bell.js';
import { growingDelay } from './growing-delay.js';
import type { Course, QueuedFile } from './queued-file.js';
import type { UploadSpool } from './spooled-file.js';
import type { UploadCourse } from './upload-course.js';
import type { UploadFiles } from './upload-files.js';
import { fileEvent, type UploadListener } from '../upload-event.js';
import { isRefusal } from './upload-run.js';
import type { UploadSlots } from './upload-slots.js';
import { verdictOn } from './verdict.js';

/** Without space in the cloud an upload is tried again after this. */
const HOUR = 3_600_000;
/** Keeps the spool from dropping a file; never leaves this file. */
const STILL_OWED = new FsError('EBUSY', 'the file is still owed', { expected: true });
const ENDING = new FsError('EINTR', 'the daemon ends', { expected: true });

export interface UploadQueueParts {
  readonly ledger: Ledger;
  readonly journal: UploadJournal;
  readonly files: UploadFiles;
  readonly spool: UploadSpool;
  readonly slots: UploadSlots;
  readonly bell: Bell;
  readonly courses: UploadCourse;
  /** Whether a file stays on this machine. */
  readonly staysHere: (name: string, size: number) => boolean;
  /** Resolves when a person may have logged in again. */
  readonly loggedIn: (signal: AbortSignal) => Promise<void>;
  readonly tell: UploadListener;
}

/** When which file is uploaded, and what happens when that fails. */
export class UploadQueue {
  readonly #env: Env;
  readonly #parts: UploadQueueParts;
  readonly #options: UploadOptions;
  readonly #running = new Set<Promise<void>>();
  #ended = false;
  #forgetPause: () => void = () => undefined;

  constructor(env: Env, parts: UploadQueueParts, options: UploadOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
  }

  start(): void {
    this.#forgetPause = this.#parts.slots.onPause(() => this.#pauseChanged());
    for (const file of this.#parts.files) this.begin(file);
  }

  /** Ends what is under way; resolves when nothing touches files or the journal any more. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#forgetPause();
    for (const { course } of this.#parts.files) course?.abort.abort(ENDING);
    await Promise.all(this.#running);
  }

  /** Bytes of a closed file are about to change. */
  dirty(file: QueuedFile): void {
    file.row = { ...file.row, state: 'writing', hashes: null };
    file.course?.run?.stop();
    if (file.course?.run === null) file.course.abort.abort(changedNow(file));
  }

  /**
   * A file was closed, and its row says so. With `close: sync` resolves when the cloud has it; an empty one is not waited
   * for: it has no bytes to lose, and a shell that redirects into it closes it once before it writes.
   */
  async closed(file: QueuedFile, call: Call): Promise<void> {
    const { ledger, journal, files, staysHere } = this.#parts;
    await ledger.step(async (step) => {
      const row = await journal.file(file.id);
      if (row === null || file.removed) return;
      file.row = row;
      file.failures = 0;
      file.trouble = null;
      if (staysHere(row.name, row.size)) files.patch(step, file, { state: 'local' });
      step.show((tree) => tree.update(file.entry));
    });
    file.urgent = this.#options.close === 'sync';
    this.begin(file);
    if (this.#waitsForCloud(file)) await this.#inCloud(file, call);
  }

  /** Nobody has it open for writing any more. */
  released(file: QueuedFile): void {
    this.#parts.bell.ring();
    this.begin(file);
  }

  /** Sees to it that a file that is owed is on its way, after the usual delay unless it is urgent. */
  begin(file: QueuedFile): void {
    if (this.#ended || file.course !== null || !this.#isReady(file)) return;
    const delay = file.urgent ? 0 : this.#options.delay;
    file.urgent = false;
    const course: Course = { abort: new AbortController(), run: null };
    file.course = course;
    const going = this.#go(file, course, delay).finally(() => this.#running.delete(going));
    this.#running.add(going);
  }

  /** Whatever is under way for it ends, without harm. */
  stop(file: QueuedFile): void {
    const { course } = file;
    if (course === null) return;
    if (course.run === null) course.abort.abort(changedNow(file));
    else course.run.stop();
  }

  /** A step in which a file may lose its row: its bytes go with it, unless the cloud may be making a file of them. */
  async forget(file: QueuedFile | null, plan: (step: Step) => void | Promise<void>): Promise<void> {
    const { ledger, spool, files } = this.#parts;
    if (file === null) {
      await ledger.step(plan);
      return;
    }
    try {
      await spool.drop(file.id, async () => {
        await ledger.step(plan);
        if (files.get(file.id) !== null) throw STILL_OWED;
      });
    } catch (error) {
      if (error !== STILL_OWED) throw error;
    }
    this.stop(file);
    file.urgent = true;
    if (files.get(file.id) !== null) this.begin(file);
  }

  /** A person pauses or resumes one file. */
  setPaused(file: QueuedFile, paused: boolean): void {
    file.paused = paused;
    if (paused) file.course?.run?.stop();
    this.#parts.bell.ring();
  }

  /** Its bytes stay, and are not uploaded until a person says so. */
  async cancel(file: QueuedFile): Promise<void> {
    await this.#fail(file, 'it was cancelled', null);
    this.stop(file);
  }

  /** Tries at once, whatever went wrong before. */
  async retry(file: QueuedFile): Promise<void> {
    const { ledger, files } = this.#parts;
    file.failures = 0;
    if (file.row.state === 'failed') {
      await ledger.step((step) => files.patch(step, file, { state: 'closed', reason: null, nextTry: null }));
    }
    file.urgent = true;
    if (file.course === null) this.begin(file);
    else if (file.course.run === null) file.course.abort.abort(changedNow(file));
  }

  #isReady(file: QueuedFile): boolean {
    if (this.#parts.files.get(file.id) !== file) return false;
    if (file.removed) return true;
    if (!file.isOwed && !file.isFull) return false;
    return !file.spooled.held || this.#waitsForCloud(file);
  }

  #waitsForCloud({ row }: QueuedFile): boolean {
    return this.#options.close === 'sync' && row.size > 0;
  }

  async #go(file: QueuedFile, course: Course, delay: number): Promise<void> {
    const { signal } = course.abort;
    try {
      await this.#env.clock.sleep(delay + this.#fullFor(file), signal);
      while (!(await this.#tried(file, course)));
    } catch (error) {
      if (!signal.aborted) this.#env.log.error('an upload ended', { path: file.row.path, error });
    } finally {
      file.course = null;
      file.activity = 'waiting';
      file.sent = 0;
      this.#parts.bell.ring();
      // It was closed again, or removed, while the last try was ending.
      this.begin(file);
    }
  }

  /** One try; false when there is to be another. */
  async #tried(file: QueuedFile, course: Course): Promise<boolean> {
    const { signal } = course.abort;
    // It was opened again meanwhile: its next close counts.
    if (!this.#isReady(file)) return true;
    try {
      await this.#parts.courses.follow(file, course);
      file.trouble = null;
      return true;
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toFsError(thrown);
      if (error.errno === 'ESTALE' && error.expected) return true;
      return await this.#failed(file, error, signal);
    }
  }

  /** Waits as long as it makes sense; true when only a person can help. */
  async #failed(file: QueuedFile, error: FsError, signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#env;
    file.failures += 1;
    file.trouble = error;
    if (await this.#isDamaged(file)) {
      this.#parts.tell(fileEvent('failed', file, file.row.reason));
      return true;
    }
    // What was removed meanwhile needs neither a person nor room any more, only its end.
    const verdict = file.removed && isRefusal(error) ? 'again' : verdictOn(error);
    if (verdict === 'never') {
      if (isElsewhere(file, error)) return false;
      if (await this.#stays(file)) return true;
      log.warn('a file cannot be uploaded: its bytes are kept', { path: file.row.path, error });
      await this.#fail(file, error.message, null);
      this.#parts.tell(fileEvent('failed', file, error.message));
      return true;
    }
    log.info('an upload waits', { path: file.row.path, attempt: file.failures, error });
    if (!file.removed) this.#parts.tell(fileEvent('waits', file, error.message));
    if (verdict === 'login') {
      await this.#parts.loggedIn(signal);
      return false;
    }
    const wait = verdict === 'full' ? HOUR : growingDelay(file.failures);
    file.nextTry = clock.now() + wait;
    if (verdict === 'full') await this.#fail(file, error.message, file.nextTry);
    try {
      await clock.sleep(wait, signal);
    } finally {
      file.nextTry = null;
    }
    return false;
  }

  /** Whether the cloud has told only now that it takes no such file: it stays here, and nothing is wrong with it. */
  async #stays(file: QueuedFile): Promise<boolean> {
    const { ledger, files, staysHere } = this.#parts;
    if (!staysHere(file.row.name, file.row.size)) return false;
    file.failures = 0;
    file.trouble = null;
    await ledger.step((step) => {
      if (!file.removed && file.isOwed) files.patch(step, file, { state: 'local' });
    });
    return true;
  }

  /** Whether the spool found that its bytes are not what was closed; it has said so in the log. */
  async #isDamaged(file: QueuedFile): Promise<boolean> {
    const row = await this.#parts.journal.file(file.id);
    if (row?.state !== 'failed' || row.nextTry !== null) return false;
    file.row = row;
    return true;
  }

  async #fail(file: QueuedFile, reason: string, nextTry: number | null): Promise<void> {
    const { ledger, files } = this.#parts;
    await ledger.step((step) => {
      if (file.removed || file.row.state === 'writing') return;
      files.advance(step, file, { state: 'failed', reason, nextTry }, file.row.generation);
    });
  }

  #fullFor(file: QueuedFile): number {
    const { state, nextTry } = file.row;
    if (state !== 'failed' || nextTry === null) return 0;
    return Math.min(HOUR, Math.max(0, nextTry - this.#env.clock.now()));
  }

  async #inCloud(file: QueuedFile, call: Call): Promise<void> {
    const { generation } = file.row;
    const { files, bell } = this.#parts;
    await bell.until(
      () => files.get(file.id) !== file || file.confirmed >= generation || file.removed || !file.isOwed,
      call.signal,
    );
    if (file.row.state !== 'failed' || file.removed) return;
    throw file.trouble ?? new FsError('EIO', file.row.reason ?? 'the upload failed');
  }

  #pauseChanged(): void {
    const { slots, files, bell } = this.#parts;
    if (slots.paused) for (const { course } of files) course?.run?.stop();
    bell.ring();
  }
}

/** The folder that an upload was begun for is gone, but the file was moved to another since. */
function isElsewhere({ row }: QueuedFile, error: FsError): boolean {
  const target = attemptIn(row.checkpoint)?.target;
  if (error.errno !== 'ENOENT' || target === undefined) return false;
  return !samePlace({ parentId: target.directory.id, name: target.name }, row);
}

function changedNow(file: QueuedFile): FsError {
  return new FsError('ESTALE', `${file.row.path}: it was changed`, { expected: true });
}
