import { FsError } from '../../lib/errors.js';

/** Calls that go wrong on their way to the memory cloud, or on their way back. */
export interface MemoryOutage {
  /** The name of the calls, as the gate counts them. */
  readonly call: string;
  /** lost: the cloud does what was asked, its answer is lost. cut: what was asked never arrives. */
  readonly kind: 'lost' | 'cut';
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

  /** Throws EIO (network) when this call goes wrong in this way. */
  strike(call: string, kind: MemoryOutage['kind']): void {
    for (const pending of this.#pending) {
      const { outage } = pending;
      if (outage.call !== call || outage.kind !== kind) continue;
      if (pending.skip > 0) {
        pending.skip -= 1;
        continue;
      }
      pending.times -= 1;
      if (pending.times <= 0) this.#pending.delete(pending);
      throw new FsError('EIO', `the connection broke during the call ${call}`, { reason: 'network' });
    }
  }
}
