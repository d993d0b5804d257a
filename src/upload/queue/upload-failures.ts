import type { Env } from '../../lib/env.js';
import type { FsError } from '../../lib/errors.js';
import { samePlace } from '../changes/named-place.js';
import type { FileRow } from '../journal/rows.js';
import type { Ledger, UploadJournal } from '../ledger.js';
import { fileEvent, type UploadListener } from '../upload-event.js';
import { attemptIn } from './attempt.js';
import { growingDelay } from './growing-delay.js';
import type { QueuedFile } from './queued-file.js';
import type { UploadFiles } from './upload-files.js';
import { isRefusal } from './upload-run.js';
import { verdictOn } from './verdict.js';

/** Without space in the cloud an upload is tried again after this. */
export const FULL_PAUSE = 3_600_000;

/** What decides whether a file stays on this machine. */
export type FilePlace = Pick<FileRow, 'parentId' | 'name' | 'size'>;

export interface UploadFailuresParts {
  readonly ledger: Ledger;
  readonly journal: UploadJournal;
  readonly files: UploadFiles;
  /** Whether a file stays on this machine. */
  readonly staysHere: (file: FilePlace) => boolean;
  /** Resolves when a person may have logged in again. */
  readonly loggedIn: (signal: AbortSignal) => Promise<void>;
  readonly tell: UploadListener;
}

/** What becomes of a file whose upload did not work. */
export class UploadFailures {
  readonly #env: Env;
  readonly #parts: UploadFailuresParts;

  constructor(env: Env, parts: UploadFailuresParts) {
    this.#env = env;
    this.#parts = parts;
  }

  /** Waits as long as it makes sense; true when only a person can help. Rejects with the signal's reason on abort. */
  async failed(file: QueuedFile, error: FsError, signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#env;
    file.failures += 1;
    file.trouble = error;
    if (await this.#isDamaged(file)) {
      this.#parts.tell(fileEvent('failed', file, file.row.reason));
      return true;
    }
    // What was removed meanwhile needs neither a person nor room any more, only its end.
    const verdict = file.removed && isRefusal(error) ? 'again' : verdictOn(error);
    if (verdict === 'never') return await this.#refused(file, error);
    log.info('an upload waits', { path: file.row.path, attempt: file.failures, error });
    if (!file.removed) this.#parts.tell(fileEvent('waits', file, error.message));
    if (verdict === 'login') {
      await this.#parts.loggedIn(signal);
      return false;
    }
    const wait = verdict === 'full' ? FULL_PAUSE : growingDelay(file.failures);
    file.nextTry = clock.now() + wait;
    if (verdict === 'full') await this.giveUp(file, error.message, file.nextTry);
    try {
      await clock.sleep(wait, signal);
    } finally {
      file.nextTry = null;
    }
    return false;
  }

  /** Its bytes are kept, and are not uploaded before `nextTry`, or until a person says so when that is null. */
  async giveUp(file: QueuedFile, reason: string, nextTry: number | null): Promise<void> {
    const { ledger, files } = this.#parts;
    await ledger.step((step) => {
      if (file.removed || file.row.state === 'writing') return;
      files.advance(step, file, { state: 'failed', reason, nextTry }, file.row.generation);
    });
  }

  async #refused(file: QueuedFile, error: FsError): Promise<boolean> {
    if (isElsewhere(file, error)) return false;
    if (await this.#stays(file)) return true;
    this.#env.log.warn('a file cannot be uploaded: its bytes are kept', { path: file.row.path, error });
    await this.giveUp(file, error.message, null);
    this.#parts.tell(fileEvent('failed', file, error.message));
    return true;
  }

  /** Whether the cloud has told only now that it takes no such file: it stays here, and nothing is wrong with it. */
  async #stays(file: QueuedFile): Promise<boolean> {
    const { ledger, files, staysHere } = this.#parts;
    if (!staysHere(file.row)) return false;
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
}

/** The folder that an upload was begun for is gone, but the file was moved to another since. */
function isElsewhere({ row }: QueuedFile, error: FsError): boolean {
  const target = attemptIn(row.checkpoint)?.target;
  if (error.errno !== 'ENOENT' || target === undefined) return false;
  return !samePlace({ parentId: target.directory.id, name: target.name }, row);
}
