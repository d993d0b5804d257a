import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError, toFsError } from '../../lib/errors.js';
import type { Step } from '../ledger.js';
import type { UploadOptions } from '../upload-options.js';
import type { Bell } from './bell.js';
import type { Course, QueuedFile } from './queued-file.js';
import type { UploadSpool } from './spooled-file.js';
import type { UploadCourse } from './upload-course.js';
import { FULL_PAUSE, UploadFailures, type UploadFailuresParts } from './upload-failures.js';
import type { UploadSlots } from './upload-slots.js';

/** Keeps the spool from dropping a file; never leaves this file. */
const STILL_OWED = new FsError('EBUSY', 'the file is still owed', { expected: true });
const ENDING = new FsError('EINTR', 'the daemon ends', { expected: true });

export interface UploadQueueParts extends UploadFailuresParts {
  readonly spool: UploadSpool;
  readonly slots: UploadSlots;
  readonly bell: Bell;
  readonly courses: UploadCourse;
  /** Whether a file was put into the trash: only the end of what was begun for it is still found out. */
  readonly isTrashed: (file: QueuedFile) => boolean;
}

/** When which file is uploaded, and what happens when that fails. */
export class UploadQueue {
  readonly #env: Env;
  readonly #parts: UploadQueueParts;
  readonly #options: UploadOptions;
  readonly #failures: UploadFailures;
  readonly #running = new Set<Promise<void>>();
  #ended = false;
  #forgetPause: () => void = () => undefined;

  constructor(env: Env, parts: UploadQueueParts, options: UploadOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
    this.#failures = new UploadFailures(env, parts);
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
      if (staysHere(row)) files.patch(step, file, { state: 'local' });
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
    await this.#failures.giveUp(file, 'it was cancelled', null);
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
    if (file.removed || (file.uncertain && this.#parts.isTrashed(file))) return true;
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
      return await this.#failures.failed(file, error, signal);
    }
  }

  #fullFor(file: QueuedFile): number {
    const { state, nextTry } = file.row;
    if (state !== 'failed' || nextTry === null) return 0;
    return Math.min(FULL_PAUSE, Math.max(0, nextTry - this.#env.clock.now()));
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

function changedNow(file: QueuedFile): FsError {
  return new FsError('ESTALE', `${file.row.path}: it was changed`, { expected: true });
}
