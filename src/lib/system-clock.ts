import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Random } from './env.js';

/** The real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // The platform wraps the reason in an error of its own; callers compare reasons.
      signal?.throwIfAborted();
      throw error;
    }
  },
  after(ms, action) {
    const timer = setTimeout(action, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The real randomness. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => new Uint8Array(randomBytes(length)),
};
