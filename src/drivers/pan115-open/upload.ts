import type { FileEntry } from '../../driver/entry.js';
import type { UploadContent, UploadProgress, UploadTarget } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import { ossCode } from '../oss/refusal.js';
import type { UploadTask } from './api-upload.js';
import { type PartsState, readCheckpoint, type SavedUpload, type WholeState } from './upload/checkpoint.js';
import { type Outcome, UploadJob } from './upload/job.js';
import { Negotiation } from './upload/negotiation.js';
import { LARGEST_WHOLE } from './upload/part-size.js';
import { PartsUpload } from './upload/parts-upload.js';
import { WholeUpload } from './upload/whole-upload.js';
import type { WriteParts } from './write-parts.js';

/** How often an upload begins in one go: parts may expire, and bytes may change on their way. */
const BEGINNINGS = 3;

/**
 * One upload from its announcement to the confirmed file (115-open.md §17). The checkpoint is on disk before the step
 * that it protects, and whatever may have made the file is followed by a look for it:
 *
 *     asked ──known──▶ file
 *       └──unknown──▶ whole ──▶ file
 *       └──unknown──▶ sending ⟲ part ──▶ completing ──▶ file
 */
export class Upload {
  readonly #job: UploadJob;

  constructor(
    parts: WriteParts,
    target: UploadTarget,
    content: UploadContent,
    progress: UploadProgress,
    call: Call,
  ) {
    this.#job = new UploadJob(parts, target, content, progress, call);
  }

  /** As DriverWriter.upload; to be called once. */
  async run(): Promise<FileEntry> {
    const { progress, file, parts } = this.#job;
    let saved = readCheckpoint(progress.checkpoint, file);
    if (saved !== null) this.#job.adopt(saved);
    for (let beginning = 1; ; beginning += 1) {
      const outcome = await this.#attempt(saved);
      if (outcome.kind === 'made') {
        parts.recent.add(outcome.file.id);
        return outcome.file;
      }
      if (beginning === BEGINNINGS) throw atLast(outcome.error);
      parts.env.log.info('an upload begins anew', { file: file.name, reason: outcome.error.message });
      saved = null;
      progress.onSent(0);
    }
  }

  async #attempt(saved: SavedUpload | null): Promise<Outcome> {
    if (saved !== null) {
      const file = await this.#madeEarlier(saved);
      if (file !== null) return { kind: 'made', file };
      if (saved.state.step !== 'asked') return await this.#goOn(saved.state);
    }
    this.#job.progress.onStage('rapid');
    await this.#job.save({ step: 'asked' });
    const decision = await new Negotiation(this.#job).decide();
    return decision.kind === 'made' ? decision : await this.#send(decision.task);
  }

  /** The file, when the step that another process was at has made it. */
  async #madeEarlier({ state, savedAt }: SavedUpload): Promise<FileEntry | null> {
    if (state.step === 'sending') return null;
    this.#job.progress.onStage(state.step === 'asked' ? 'rapid' : 'verify');
    return await this.#job.find(state.step === 'asked' ? null : state.pickCode, savedAt);
  }

  async #goOn(state: PartsState | WholeState): Promise<Outcome> {
    const { parts, file, call } = this.#job;
    let task: UploadTask;
    try {
      task = await parts.uploads.resume(file, state.pickCode, call);
    } catch (error) {
      if (error instanceof FsError && error.reason === 'gone') return { kind: 'over', error };
      throw error;
    }
    if (task.object !== state.object || task.bucket !== state.bucket) {
      const words = '115 Open: upload/resume: the cloud goes on with another object';
      return { kind: 'over', error: new FsError('EIO', words, { reason: 'reply' }) };
    }
    return state.step === 'whole'
      ? await new WholeUpload(this.#job, task).run()
      : await new PartsUpload(this.#job, task).run(state);
  }

  async #send(task: UploadTask): Promise<Outcome> {
    return this.#job.file.size <= LARGEST_WHOLE
      ? await new WholeUpload(this.#job, task).run()
      : await new PartsUpload(this.#job, task).run(null);
  }
}

/** What the storage refused again and again may go well later; what 115 refused will not. */
function atLast(error: FsError): FsError {
  return ossCode(error) === null
    ? error
    : new FsError('EIO', error.message, { reason: 'network', cause: error });
}
