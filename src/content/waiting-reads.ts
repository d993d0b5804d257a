import { type Call, type Urgency, urgencyRank } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import type { ByteRange } from '../lib/range.js';
import type { Window } from './window.js';

/** How a waiting read ended: with its bytes or an error, or because its program or its deadline ended it. */
export type Leaving = 'answered' | 'given up';

export interface WaitingReadsParts {
  readonly clock: Clock;
  /** What a read gets that waited in vain until its deadline. */
  timeout(): Error;
  /** Told when the last read has left. */
  onEmpty(leaving: Leaving): void;
}

interface WaitingRead {
  readonly range: ByteRange;
  readonly call: Call;
  resolve(bytes: Uint8Array): void;
  reject(error: Error, leaving?: Leaving): void;
}

/** The reads that wait until a window holds their bytes. */
export class WaitingReads {
  readonly #parts: WaitingReadsParts;
  readonly #reads = new Set<WaitingRead>();

  constructor(parts: WaitingReadsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#reads.size;
  }

  /** The first byte that somebody waits for; Infinity when nobody does. */
  get start(): number {
    return [...this.#reads].reduce((start, { range }) => Math.min(start, range.start), Infinity);
  }

  /** The end of the bytes that somebody waits for; 0 when nobody does. */
  get end(): number {
    return [...this.#reads].reduce((end, { range }) => Math.max(end, range.end), 0);
  }

  /** That of the most urgent. */
  get urgency(): Urgency {
    const urgencies = [...this.#reads].map(({ call }) => call.urgency);
    return urgencies.reduce((a, b) => (urgencyRank(a) <= urgencyRank(b) ? a : b), 'background');
  }

  /** Rejects with the abort's reason, at the deadline (of Clock.monotonic), or with what `fail` is given. */
  add(range: ByteRange, call: Call, deadline: number): Promise<Uint8Array> {
    const { clock } = this.#parts;
    return new Promise((resolve, reject) => {
      const leave = (leaving: Leaving): void => {
        timer.cancel();
        call.signal.removeEventListener('abort', aborted);
        this.#reads.delete(read);
        if (this.#reads.size === 0) this.#parts.onEmpty(leaving);
      };
      const read: WaitingRead = {
        range,
        call,
        resolve: (bytes) => {
          resolve(bytes);
          leave('answered');
        },
        reject: (error, leaving = 'answered') => {
          reject(error);
          leave(leaving);
        },
      };
      const aborted = (): void => read.reject(call.signal.reason as Error, 'given up');
      const timer = clock.after(Math.max(0, deadline - clock.monotonic()), () =>
        read.reject(this.#parts.timeout(), 'given up'),
      );
      call.signal.addEventListener('abort', aborted, { once: true });
      this.#reads.add(read);
    });
  }

  /** Answers every read whose bytes are there. */
  serve(window: Window): void {
    for (const read of [...this.#reads]) {
      if (window.covers(read.range)) read.resolve(window.copy(read.range));
    }
  }

  /** Rejects every read. */
  fail(error: Error): void {
    for (const read of [...this.#reads]) read.reject(error);
  }
}
