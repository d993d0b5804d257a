import { abortable } from '../lib/abortable.js';
import type { Clock } from '../lib/env.js';
import { FsError } from '../lib/errors.js';

/** The outcome of `work`; rejects with FsError ETIMEDOUT after `ms` milliseconds. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  const patience = new AbortController();
  const late = new FsError('ETIMEDOUT', `no answer within ${ms / 1000} s`, { reason: 'network' });
  const timer = clock.after(ms, () => patience.abort(late));
  try {
    return await abortable(patience.signal, work);
  } finally {
    timer.cancel();
  }
}
