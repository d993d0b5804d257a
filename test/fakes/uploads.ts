import { createHash } from 'node:crypto';
import type {
  ContentHashes,
  UploadCheckpoint,
  UploadContent,
  UploadProgress,
  UploadStage,
} from '../../src/driver/writer.js';
import { type ByteRange, rangeLength } from '../../src/lib/range.js';

const HEAD = 128 * 1024;

/** The hashes of these bytes as a driver gets them. */
export function hashesOf(bytes: Uint8Array): ContentHashes {
  const head = bytes.subarray(0, HEAD);
  return { sha1: hexOf('sha1', bytes), headSha1: hexOf('sha1', head), md5: hexOf('md5', bytes) };
}

/** Bytes to upload, and what was read of them. */
export class RecordedContent implements UploadContent {
  readonly size: number;
  readonly hashes: ContentHashes;
  /** Every range that was asked for, in order. */
  readonly reads: ByteRange[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.size = bytes.length;
    this.hashes = hashesOf(bytes);
    this.#bytes = bytes;
  }

  /** Bytes read in all, those read twice counted twice. */
  get bytesRead(): number {
    return this.reads.reduce((sum, range) => sum + rangeLength(range), 0);
  }

  read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (range.start < 0 || range.end > this.size || range.start > range.end) {
      return Promise.reject(new RangeError(`${range.start}-${range.end} of ${this.size} bytes`));
    }
    this.reads.push(range);
    return Promise.resolve(new Uint8Array(this.#bytes.subarray(range.start, range.end)));
  }
}

/** Keeps the course of an upload as the queue does; `resumed` is how another process finds it. */
export class UploadCourse implements UploadProgress {
  readonly checkpoint: UploadCheckpoint | null;
  /** Each stage once, in the order in which they were told; a stage that returns is told again. */
  readonly stages: UploadStage[] = [];
  /** Every number that onSent told. */
  readonly sent: number[] = [];
  /** Bytes that were let through. */
  admitted = 0;
  #saved: string;

  constructor(checkpoint: UploadCheckpoint | null = null) {
    this.checkpoint = checkpoint;
    this.#saved = JSON.stringify(checkpoint);
  }

  /** The course that goes on from what was saved last. */
  resumed(): UploadCourse {
    return new UploadCourse(JSON.parse(this.#saved) as UploadCheckpoint | null);
  }

  save(checkpoint: UploadCheckpoint | null): Promise<void> {
    this.#saved = JSON.stringify(checkpoint);
    return Promise.resolve();
  }

  onStage(stage: UploadStage): void {
    if (this.stages.at(-1) !== stage) this.stages.push(stage);
  }

  onSent(bytes: number): void {
    this.sent.push(bytes);
  }

  admit(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    this.admitted += bytes;
    return Promise.resolve();
  }
}

function hexOf(algorithm: 'sha1' | 'md5', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex').toUpperCase();
}
