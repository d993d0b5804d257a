import type { FileEntry } from '../../driver/entry.js';
import type {
  DriverWriter,
  UploadCheckpoint,
  UploadContent,
  UploadProgress,
  UploadStage,
} from '../../driver/writer.js';
import { FsError } from '../../lib/errors.js';
import type { ByteRange } from '../../lib/range.js';
import type { Attempt } from './attempt.js';
import { verdictOn } from './verdict.js';

export interface UploadRunParts {
  readonly writer: DriverWriter;
  readonly read: (range: ByteRange, signal: AbortSignal) => Promise<Uint8Array>;
  /** Puts the attempt on the disk. */
  readonly save: (attempt: Attempt, stage: UploadStage) => Promise<void>;
  readonly admit: (bytes: number, signal: AbortSignal) => Promise<void>;
  readonly onStage: (stage: UploadStage) => void;
  readonly onSent: (bytes: number) => void;
}

/** Why an upload ended that was stopped; the cloud has no file of it. */
export const STOPPED = new FsError('ESTALE', 'the upload was stopped', { expected: true });

/**
 * One try to upload. What is stopped ends at once while bytes are sent, because no file comes of it; while the cloud may
 * be making the file, its answer is waited for, and neither bytes nor proofs are given to it any more.
 */
export class UploadRun implements UploadProgress {
  readonly #parts: UploadRunParts;
  readonly #abort = new AbortController();
  #attempt: Attempt;
  #stage: UploadStage = 'rapid';
  #stopped = false;

  constructor(parts: UploadRunParts, attempt: Attempt) {
    this.#parts = parts;
    this.#attempt = attempt;
  }

  /** As it was saved last. */
  get attempt(): Attempt {
    return this.#attempt;
  }

  get checkpoint(): UploadCheckpoint | null {
    return this.#attempt.saved;
  }

  /** Whether the cloud may be making the file now: no file comes of one that is stopped while this is false. */
  get isMaking(): boolean {
    return this.#stage !== 'parts';
  }

  /** Whether the cloud may have made the file although `run` has rejected with this. */
  mayHaveMadeIt(error: unknown): boolean {
    return this.isMaking && error !== STOPPED && !isRefusal(error);
  }

  /** The file; rejects as `DriverWriter.upload` does. The signal ends it at once, whatever the cloud is doing. */
  async run(signal: AbortSignal): Promise<FileEntry> {
    const { hashes, size, target } = this.#attempt;
    const content: UploadContent = { size, hashes, read: (range, ended) => this.#read(range, ended) };
    const call = { signal: AbortSignal.any([signal, this.#abort.signal]), urgency: 'background' } as const;
    return await this.#parts.writer.upload(target, content, this, call);
  }

  stop(): void {
    this.#stopped = true;
    if (!this.isMaking) this.#abort.abort(STOPPED);
  }

  /** As `run`, without giving the cloud anything: finds out whether an earlier try has made the file. Null when not. */
  async conclude(signal: AbortSignal): Promise<FileEntry | null> {
    this.#stopped = true;
    try {
      return await this.run(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error === STOPPED || isRefusal(error)) return null;
      throw error;
    }
  }

  async save(saved: UploadCheckpoint | null): Promise<void> {
    this.#attempt = { ...this.#attempt, saved };
    await this.#parts.save(this.#attempt, this.#stage);
  }

  onStage(stage: UploadStage): void {
    this.#stage = stage;
    if (this.#stopped && stage === 'parts') this.#abort.abort(STOPPED);
    else this.#parts.onStage(stage);
  }

  onSent(bytes: number): void {
    this.#parts.onSent(bytes);
  }

  async admit(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#stopped) throw STOPPED;
    await this.#parts.admit(bytes, signal);
  }

  async #read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    if (this.#stopped) throw STOPPED;
    return await this.#parts.read(range, signal);
  }
}

/** Whether the cloud said no: then it has made nothing. */
export function isRefusal(error: unknown): boolean {
  return error instanceof FsError && ['never', 'full'].includes(verdictOn(error));
}
