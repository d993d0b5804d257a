import { abortable } from '../lib/abortable.js';
import { type Call, type Urgency, urgencyRank } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import { FsError } from '../lib/errors.js';

/** Milliseconds. What was likely when the call began is so no longer. */
const LONGEST = 30_000;
/** Milliseconds for which a reader believes that a call of his own would not be quicker. */
const PATIENCE = 3000;

/** A call for links that nobody waited for when it began, and the readers who wait for it meanwhile. */
export class LinkBatch {
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #late = new AbortController();
  readonly #readers = new Set<Call>();
  readonly #over = new AbortController();

  /** The call ends when `closing` aborts. */
  constructor(clock: Clock, closing: AbortSignal) {
    this.#clock = clock;
    this.#closing = closing;
  }

  /** Does the work with the call of the batch, which ends after 30 s. Rejects as the work does. Call once. */
  async run<T>(work: (call: Call) => Promise<T>): Promise<T> {
    const readers = this.#readers;
    const signal = AbortSignal.any([this.#closing, this.#late.signal]);
    const limit = this.#clock.after(LONGEST, () => {
      this.#late.abort(new FsError('ETIMEDOUT', 'links ahead of need took too long', { expected: true }));
    });
    try {
      // A reader who waits for it must not wait behind other readers because it began as a probe.
      const call: Call = {
        signal,
        get urgency() {
          return mostUrgent(readers);
        },
      };
      return await abortable(signal, work(call));
    } finally {
      limit.cancel();
      this.#over.abort();
    }
  }

  /** Resolves when the batch is over, or has taken longer than it is worth to wait. Rejects with the abort's reason. */
  async wait(call: Call): Promise<void> {
    const over = this.#over.signal;
    this.#readers.add(call);
    try {
      await this.#clock.sleep(PATIENCE, AbortSignal.any([call.signal, over]));
    } catch (error) {
      call.signal.throwIfAborted();
      if (!over.aborted) throw error;
    } finally {
      this.#readers.delete(call);
    }
  }
}

function mostUrgent(readers: ReadonlySet<Call>): Urgency {
  let best: Urgency = 'probe';
  for (const { urgency } of readers) if (urgencyRank(urgency) < urgencyRank(best)) best = urgency;
  return best;
}
