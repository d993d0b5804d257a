import { Worker } from 'node:worker_threads';
import type { ContentHashes } from '../../driver/writer.js';
import { abortable } from '../../lib/abortable.js';
import { FsError, toFsError } from '../../lib/errors.js';
import { KeyedMutex } from '../../lib/keyed-mutex.js';
import { CANCELLED_JOB, type HashAnswer, READ_BYTES, SHARED_NUMBERS } from './hash-messages.js';

/** Hashes files. */
export interface ContentHasher {
  /**
   * All hashes of a file from one pass over its bytes. Rejects with FsError: EIO when it cannot be read or has not
   * `size` bytes; with the signal's reason on abort.
   */
  hash(path: string, size: number, signal: AbortSignal): Promise<ContentHashes>;
}

interface Pending {
  readonly resolve: (answer: HashAnswer) => void;
  readonly reject: (error: FsError) => void;
}

/** Hashes one file after the other in a thread of its own, which begins with the first one. */
export class Hasher implements ContentHasher {
  readonly #script: URL;
  readonly #turn = new KeyedMutex();
  /** The thread looks at it between two reads. */
  readonly #shared = new SharedArrayBuffer(SHARED_NUMBERS * BigInt64Array.BYTES_PER_ELEMENT);
  #worker: Worker | null = null;
  #pending: Pending | null = null;
  #job = 0;

  constructor(script: URL = new URL('./hash-worker.js', import.meta.url)) {
    this.#script = script;
  }

  /** Bytes that were read so far of the file that is being hashed. */
  get bytesRead(): number {
    return Number(Atomics.load(new BigInt64Array(this.#shared), READ_BYTES));
  }

  async hash(path: string, size: number, signal: AbortSignal): Promise<ContentHashes> {
    const hashing = this.#turn.run('', () => this.#hash(path, size, signal));
    return await abortable(signal, hashing);
  }

  /** Ends the thread; what it had not answered rejects. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#fail(new FsError('EINTR', 'the daemon ends', { expected: true }));
    await worker?.terminate();
  }

  async #hash(path: string, size: number, signal: AbortSignal): Promise<ContentHashes> {
    signal.throwIfAborted();
    this.#job += 1;
    const job = this.#job;
    const shared = new BigInt64Array(this.#shared);
    const cancel = (): void => void Atomics.store(shared, CANCELLED_JOB, BigInt(job));
    Atomics.store(shared, READ_BYTES, 0n);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answer = await this.#ask(job, path);
      signal.throwIfAborted();
      return hashesIn(answer, path, size);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  #ask(job: number, path: string): Promise<HashAnswer> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker ??= this.#begin();
      this.#worker.postMessage({ job, path });
    });
  }

  #begin(): Worker {
    const worker = new Worker(this.#script, { workerData: this.#shared });
    worker.unref();
    worker.on('message', (answer: HashAnswer) => this.#pending?.resolve(answer));
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#worker = null;
      this.#fail(toFsError(error));
    });
    return worker;
  }

  #fail(error: FsError): void {
    this.#pending?.reject(error);
    this.#pending = null;
  }
}

function hashesIn(answer: HashAnswer, path: string, size: number): ContentHashes {
  if ('error' in answer) {
    const { message } = answer.error;
    throw new FsError('EIO', `${path}: ${message}`, { cause: answer.error });
  }
  const { outcome } = answer;
  if (outcome === null) throw new FsError('EINTR', `${path}: hashing was ended`);
  if (outcome.size === size) return outcome.hashes;
  throw new FsError('EIO', `${path}: it has ${outcome.size} bytes instead of ${size}`, {
    reason: 'refused',
  });
}
