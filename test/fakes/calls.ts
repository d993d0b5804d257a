import type { Call, Urgency } from '../../src/lib/call.js';

/** A call that nobody aborts, unless a signal is given. */
export function callOf(
  urgency: Urgency = 'lookup',
  signal: AbortSignal = new AbortController().signal,
): Call {
  return { signal, urgency };
}
