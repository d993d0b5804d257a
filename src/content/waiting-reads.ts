import { type Call, type Urgency, urgencyRank } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import { type ByteRange, overlaps } from '../lib/range.js';
import type { Cursor } from './cursor.js';

/** How a waiting read ended: with its bytes or an error, or because its program or its deadline ended it. */
export type Leaving = 'answered' | 'given up';

/** One read that waits for its bytes. */
export interface WaitingRead {
  readonly range: ByteRange;
  readonly cursor: Cursor;
  readonly call: Call;
}

export interface WaitingReadsParts {
  readonly clock: Clock;
  /** What a read gets that waited in vain until its deadline. */
  timeout(read: WaitingRead): Error;
  onLeave(read: WaitingRead, leaving: Leaving): void;
}

interface Waiting extends WaitingRead {
  resolve(bytes: Uint8Array): void;
  reject(error: Error, leaving: Leaving): void;
}

/** The reads of one file that wait until their bytes are there. */
export class WaitingReads implements Iterable<WaitingRead> {
  readonly #parts: WaitingReadsParts;
  readonly #reads = new Set<Waiting>();

  constructor(parts: WaitingReadsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#reads.size;
  }

  [Symbol.iterator](): Iterator<WaitingRead> {
    return [...this.#reads].values();
  }

  /** Whether somebody waits for a byte of the range. */
  touches(range: ByteRange): boolean {
    for (const read of this.#reads) if (overlaps(read.range, range)) return true;
    return false;
  }

  /** Those that wait for a byte of the range. */
  within(range: ByteRange): readonly WaitingRead[] {
    return [...this.#reads].filter((read) => overlaps(read.range, range));
  }

  /** Whether reads of this place wait. */
  of(cursor: Cursor): readonly WaitingRead[] {
    return [...this.#reads].filter((read) => read.cursor === cursor);
  }

  /** Rejects with the abort's reason, at the deadline (of Clock.monotonic), or with what `fail` is given. */
  add(read: WaitingRead, deadline: number): Promise<Uint8Array> {
    const { clock } = this.#parts;
    const { signal } = read.call;
    return new Promise((resolve, reject) => {
      const leave = (leaving: Leaving): void => {
        timer.cancel();
        signal.removeEventListener('abort', aborted);
        this.#reads.delete(waiting);
        this.#parts.onLeave(read, leaving);
      };
      const waiting: Waiting = {
        ...read,
        resolve: (bytes) => {
          resolve(bytes);
          leave('answered');
        },
        reject: (error, leaving) => {
          reject(error);
          leave(leaving);
        },
      };
      const aborted = (): void => waiting.reject(signal.reason as Error, 'given up');
      const timer = clock.after(Math.max(0, deadline - clock.monotonic()), () =>
        waiting.reject(this.#parts.timeout(read), 'given up'),
      );
      signal.addEventListener('abort', aborted, { once: true });
      this.#reads.add(waiting);
    });
  }

  /** Answers every read whose bytes are there; `bytesOf` gives null for one whose are not. */
  serve(bytesOf: (range: ByteRange) => Uint8Array | null): void {
    for (const read of [...this.#reads]) {
      const bytes = bytesOf(read.range);
      if (bytes !== null) read.resolve(bytes);
    }
  }

  /** Rejects the reads that `which` accepts. */
  fail(error: Error, which: (read: WaitingRead) => boolean): void {
    for (const read of [...this.#reads]) if (which(read)) read.reject(error, 'answered');
  }
}

/** The urgency of the most urgent. */
export function mostUrgent(reads: readonly WaitingRead[]): Urgency {
  const urgencies = reads.map(({ call }) => call.urgency);
  return urgencies.reduce((a, b) => (urgencyRank(a) <= urgencyRank(b) ? a : b), 'background');
}
