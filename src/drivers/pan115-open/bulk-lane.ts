import { abortable } from '../../lib/abortable.js';
import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { KeyedMutex } from '../../lib/keyed-mutex.js';
import { isTemporary } from './errors.js';

/** How long the cloud may stay busy with an earlier change: 1 + 2 + … + 16 + 16 + 16 s. */
const PAUSES = [1000, 2000, 4000, 8000, 16_000, 16_000, 16_000];

/**
 * Copy, move, delete and restore: an account does one at a time, and goes on with it after its answer
 * (115-open.md §5, §13). So they queue up here, and a cloud that is still busy is asked again.
 */
export class BulkLane {
  readonly #env: Env;
  readonly #mutex = new KeyedMutex();

  constructor(env: Env) {
    this.#env = env;
  }

  /** Rejects as the work does, EBUSY when the cloud stays busy for a minute; with the signal's reason on abort. */
  async run<T>(call: Call, work: () => Promise<T>): Promise<T> {
    const turn = this.#mutex.run('bulk', async () => {
      call.signal.throwIfAborted();
      return await this.#untilFree(call, work);
    });
    return await abortable(call.signal, turn);
  }

  async #untilFree<T>(call: Call, work: () => Promise<T>): Promise<T> {
    for (const pause of PAUSES) {
      try {
        return await work();
      } catch (error) {
        if (!isBusy(error)) throw error;
        await this.#env.clock.sleep(pause, call.signal);
      }
    }
    return await work();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof FsError && error.errno === 'EBUSY' && isTemporary(error);
}
