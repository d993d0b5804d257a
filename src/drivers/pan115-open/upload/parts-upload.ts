import { createHash } from 'node:crypto';
import { FsError } from '../../../lib/errors.js';
import { type ByteRange, rangeLength } from '../../../lib/range.js';
import { wasNeverSent } from '../../../net/network-error.js';
import { isUnavailable, ossCode } from '../../oss/refusal.js';
import type { UploadTask } from '../api-upload.js';
import type { PartsState } from './checkpoint.js';
import { confirmed } from './confirmation.js';
import { ATTEMPTS, isPassing, type Outcome, type UploadJob } from './job.js';
import { partSize } from './part-size.js';

/** The storage has other parts than we think. */
const OUT_OF_STEP = ['PartAlreadyExist', 'PartNotSequential'];

/** Completion finds the parts unfit. */
const SPOILED = ['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall'];

const PIECE = 1024 * 1024;

/** A part that arrived; one that is to be sent once the parts that the storage has are known; or the end of the upload. */
type PartOutcome =
  | { readonly kind: 'sent'; readonly etag: string }
  | { readonly kind: 'outOfStep'; readonly error: FsError }
  | Extract<Outcome, { readonly kind: 'over' }>;

/** A file in parts, one after the other, with a checkpoint after each (115-open.md §17.6, Multipart). */
export class PartsUpload {
  readonly #job: UploadJob;
  readonly #task: UploadTask;
  #partSize: number;
  #uploadId = '';
  /** MD5s of the parts that the storage has, from the first on. */
  #etags: readonly string[] = [];

  constructor(job: UploadJob, task: UploadTask) {
    this.#job = job;
    this.#task = task;
    this.#partSize = partSize(job.file.size);
  }

  /** `earlier` is what another process left; null begins. */
  async run(earlier: PartsState | null): Promise<Outcome> {
    this.#job.progress.onStage('parts');
    const unusable = earlier === null ? await this.#open() : await this.#reopen(earlier);
    if (unusable !== null) return unusable;
    const over = await this.#sendAll();
    return over ?? (await this.#complete());
  }

  get #count(): number {
    return Math.ceil(this.#job.file.size / this.#partSize);
  }

  async #open(): Promise<null> {
    const { parts, call } = this.#job;
    this.#uploadId = await this.#patiently(() => parts.storage.initiate(this.#task, call));
    await this.#save('sending');
    return null;
  }

  async #reopen(earlier: PartsState): Promise<Outcome | null> {
    this.#uploadId = earlier.uploadId;
    this.#partSize = earlier.partSize;
    this.#etags = earlier.etags;
    return await this.#catchUp();
  }

  async #sendAll(): Promise<Outcome | null> {
    for (let strays = 0; this.#etags.length < this.#count;) {
      const sent = await this.#sendPart(this.#etags.length + 1);
      if (sent.kind === 'over') return sent;
      if (sent.kind === 'outOfStep') {
        strays += 1;
        const over = strays > ATTEMPTS ? await this.#giveUp(sent.error) : await this.#catchUp();
        if (over !== null) return over;
        continue;
      }
      strays = 0;
      this.#etags = [...this.#etags, sent.etag];
      await this.#save('sending');
      this.#tellSent();
      await this.#job.parts.env.checkpoint('upload:part');
    }
    return null;
  }

  async #sendPart(number: number): Promise<PartOutcome> {
    const { parts, call } = this.#job;
    const source = this.#job.source(this.#range(number));
    try {
      const { etag, md5 } = await this.#patiently(() =>
        parts.storage.part(this.#task, this.#uploadId, number, source, call),
      );
      if (etag === md5) return { kind: 'sent', etag };
      // A part cannot be sent twice in a sequential upload, so wrong bytes spoil all of it.
      const words = `storage: part ${number} arrived with other bytes than were sent`;
      return await this.#giveUp(new FsError('EIO', words, { reason: 'network' }));
    } catch (error) {
      const code = ossCode(error) ?? '';
      if (!(error instanceof FsError)) throw error;
      if (code === 'NoSuchUpload') return { kind: 'over', error };
      if (OUT_OF_STEP.includes(code)) return { kind: 'outOfStep', error };
      throw error;
    }
  }

  /** Takes the parts that the storage has for sent, when they are the right ones: answers were lost, or a process died. */
  async #catchUp(): Promise<Extract<Outcome, { readonly kind: 'over' }> | null> {
    const { parts, call } = this.#job;
    try {
      const there = await this.#patiently(() => parts.storage.parts(this.#task, this.#uploadId, call));
      const etags: string[] = [];
      for (const part of there) {
        const number = etags.length + 1;
        const range = this.#range(number);
        const fits = part.number === number && number <= this.#count && part.size === rangeLength(range);
        const wanted = fits ? (this.#etags[etags.length] ?? (await this.#md5(range))) : '';
        if (part.etag !== wanted) return await this.#giveUp(strange(part.number));
        etags.push(part.etag);
      }
      this.#etags = etags;
      this.#tellSent();
      return null;
    } catch (error) {
      if (ossCode(error) !== 'NoSuchUpload' || !(error instanceof FsError)) throw error;
      return { kind: 'over', error };
    }
  }

  async #complete(): Promise<Outcome> {
    const { parts, progress, call } = this.#job;
    const { callback, pickCode } = this.#task;
    progress.onStage('verify');
    await this.#save('completing');
    for (let attempt = 1; ; attempt += 1) {
      let answer: string;
      try {
        answer = await parts.storage.complete(this.#task, this.#uploadId, this.#etags, callback, call);
      } catch (error) {
        const outcome = await this.#afterCompletion(error, attempt);
        if (outcome !== null) return outcome;
        await this.#job.pause(attempt);
        continue;
      }
      await parts.env.checkpoint('upload:completed');
      return await confirmed(this.#job, answer, pickCode);
    }
  }

  /** What a completion without an answer of 115 comes to; null when it is to be sent again. */
  async #afterCompletion(error: unknown, attempt: number): Promise<Outcome | null> {
    const code = ossCode(error) ?? '';
    if (!(error instanceof FsError)) throw error;
    if (SPOILED.includes(code)) return await this.#giveUp(error);
    // Either way the upload is used up: its object is there, but whether 115 was told is open.
    const usedUp = code === 'NoSuchUpload' || code === 'CallbackFailed';
    if (!usedUp && error.reason !== 'network') throw error;
    if (usedUp || !(isUnavailable(error) || wasNeverSent(error))) {
      const file = await this.#job.find(this.#task.pickCode);
      if (file !== null) return { kind: 'made', file };
    }
    if (usedUp) return { kind: 'over', error };
    if (attempt === ATTEMPTS) throw error;
    return null;
  }

  /** Frees what the storage holds, as far as it lets us. */
  async #giveUp(error: FsError): Promise<Extract<Outcome, { readonly kind: 'over' }>> {
    const { parts, call } = this.#job;
    try {
      await parts.storage.abort(this.#task, this.#uploadId, call);
    } catch (failure) {
      call.signal.throwIfAborted();
      const reason = failure instanceof Error ? failure.message : String(failure);
      parts.env.log.debug('an unfinished upload stays in the storage until it expires', { reason });
    }
    return { kind: 'over', error };
  }

  async #patiently<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request();
      } catch (error) {
        if (!isPassing(error) || attempt === ATTEMPTS) throw error;
        await this.#job.pause(attempt);
      }
    }
  }

  async #save(step: 'sending' | 'completing'): Promise<void> {
    const { pickCode, bucket, object } = this.#task;
    await this.#job.save({
      step,
      pickCode,
      bucket,
      object,
      uploadId: this.#uploadId,
      partSize: this.#partSize,
      etags: [...this.#etags],
    });
  }

  #tellSent(): void {
    this.#job.progress.onSent(Math.min(this.#etags.length * this.#partSize, this.#job.file.size));
  }

  #range(number: number): ByteRange {
    const start = (number - 1) * this.#partSize;
    return { start, end: Math.max(start, Math.min(start + this.#partSize, this.#job.file.size)) };
  }

  async #md5({ start, end }: ByteRange): Promise<string> {
    const { content, call } = this.#job;
    const hash = createHash('md5');
    for (let at = start; at < end; at += PIECE) {
      hash.update(await content.read({ start: at, end: Math.min(at + PIECE, end) }, call.signal));
    }
    return hash.digest('hex').toUpperCase();
  }
}

function strange(number: number): FsError {
  return new FsError('EIO', `storage: part ${number} of the upload is none of ours`, { reason: 'reply' });
}
