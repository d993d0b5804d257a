import type { FsError } from '../../../lib/errors.js';
import { wasNeverSent } from '../../../net/network-error.js';
import { isUnavailable, ossCode } from '../../oss/refusal.js';
import type { ByteSource } from '../../oss/source.js';
import type { UploadTask } from '../api-upload.js';
import { confirmed } from './confirmation.js';
import { ATTEMPTS, isPassing, type Outcome, type UploadJob } from './job.js';

/** A file in one request, which makes the file when all bytes are there (115-open.md §17.6, PutObject). */
export class WholeUpload {
  readonly #job: UploadJob;
  #task: UploadTask;
  /** Whether the storage may have all bytes of the request under way. */
  #allGone = false;

  constructor(job: UploadJob, task: UploadTask) {
    this.#job = job;
    this.#task = task;
  }

  async run(): Promise<Outcome> {
    const { progress, file, parts } = this.#job;
    const { pickCode, bucket, object } = this.#task;
    progress.onStage('parts');
    await this.#job.save({ step: 'whole', pickCode, bucket, object });
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#put(attempt);
      if (typeof answer === 'string') {
        await parts.env.checkpoint('upload:completed');
        progress.onSent(file.size);
        return await confirmed(this.#job, answer, pickCode);
      }
      if (answer !== null) return answer;
      await this.#job.pause(attempt);
      progress.onStage('parts');
    }
  }

  /** The storage's answer; the outcome where there is none; null when it is to be sent again. */
  async #put(attempt: number): Promise<string | Outcome | null> {
    const { parts, content, call } = this.#job;
    const { callback } = this.#task;
    try {
      const proof = { md5: content.hashes.md5, callback };
      return await parts.storage.putObject(this.#task, this.#source(), proof, call);
    } catch (error) {
      return await this.#afterFailure(error, attempt);
    }
  }

  async #afterFailure(error: unknown, attempt: number): Promise<Outcome | null> {
    const code = ossCode(error);
    const again = isPassing(error) || code === 'InvalidDigest' || code === 'CallbackFailed';
    if (!again) throw error;
    if (code === 'CallbackFailed' || (isPassing(error) && this.#mayBeMade(error))) {
      this.#job.progress.onStage('verify');
      const file = await this.#job.find(this.#task.pickCode);
      if (file !== null) return { kind: 'made', file };
    }
    if (attempt === ATTEMPTS) throw error;
    // The callback of before came to nothing: a fresh one belongs to the next try.
    if (code === 'CallbackFailed') await this.#renewCallback();
    return null;
  }

  #mayBeMade(error: FsError): boolean {
    return this.#allGone && !isUnavailable(error) && !wasNeverSent(error);
  }

  async #renewCallback(): Promise<void> {
    const { parts, file, call } = this.#job;
    this.#task = await parts.uploads.resume(file, this.#task.pickCode, call);
  }

  #source(): ByteSource {
    const { size } = this.#job.file;
    const source = this.#job.source({ start: 0, end: size });
    this.#giving(size === 0);
    return {
      ...source,
      read: async (piece, signal) => {
        const bytes = await source.read(piece, signal);
        this.#giving(piece.end === size);
        return bytes;
      },
    };
  }

  /** With its last bytes the storage makes the file, whether or not anybody waits for the answer. */
  #giving(last: boolean): void {
    this.#allGone = last;
    if (last) this.#job.progress.onStage('verify');
  }
}
