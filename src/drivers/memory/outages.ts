import { FsError } from '../../lib/errors.js';

/** Calls that go wrong on their way to the memory cloud, or on their way back. */
export interface MemoryOutage {
  /** The name of the calls, as the gate counts them. */
  readonly call: string;
  /**
   * lost: the cloud does what was asked, its answer is lost. cut: what was asked never arrives. failing: the cloud
   * answers that it cannot at the moment. throttled: it answers that it is asked too much.
   */
  readonly kind: 'lost' | 'cut' | 'failing' | 'throttled';
  /** So many calls go well first. @default 0 */
  readonly skip?: number;
  /** So many calls go wrong. @default 1 */
  readonly times?: number;
}

interface Pending {
  readonly outage: MemoryOutage;
  skip: number;
  times: number;
}

/** The outages that are still to come. */
export class MemoryOutages {
  readonly #pending = new Set<Pending>();

  /** Lets calls of that name go wrong; the answer ends it. */
  begin(outage: MemoryOutage): () => void {
    const pending = { outage, skip: outage.skip ?? 0, times: outage.times ?? 1 };
    this.#pending.add(pending);
    return () => void this.#pending.delete(pending);
  }

  /** Throws FsError when this call goes wrong before the cloud has done anything. */
  arriving(call: string): void {
    this.#strike(call, ({ kind }) => kind !== 'lost');
  }

  /** Throws FsError EIO when the answer of this call is lost. */
  answering(call: string): void {
    this.#strike(call, ({ kind }) => kind === 'lost');
  }

  #strike(call: string, strikes: (outage: MemoryOutage) => boolean): void {
    for (const pending of this.#pending) {
      const { outage } = pending;
      if (outage.call !== call || !strikes(outage)) continue;
      if (pending.skip > 0) {
        pending.skip -= 1;
        continue;
      }
      pending.times -= 1;
      if (pending.times <= 0) this.#pending.delete(pending);
      throw errorOf(outage);
    }
  }
}

function errorOf({ call, kind }: MemoryOutage): FsError {
  if (kind === 'throttled')
    return new FsError('EBUSY', `the cloud is asked too much: ${call}`, { reason: 'throttle' });
  const what = kind === 'failing' ? 'the cloud failed in' : 'the connection broke during';
  return new FsError('EIO', `${what} the call ${call}`, { reason: 'network' });
}
