import type { Clock } from '../../lib/env.js';

/** Between looks, in shares of the time for which something new may be missing. */
const PAUSES = [1, 2, 4];
const SHARES = 7;

/**
 * Looks for something that was made at `madeAt` (milliseconds since the epoch) or not at all: at once, and again until
 * it would have been listed, at most `lag` milliseconds later (115-open.md §17.8, §19). Null when it never shows. Rejects as
 * the look does, and with the signal's reason on abort.
 */
export async function lookUntilListed<T>(
  clock: Clock,
  lag: number,
  madeAt: number,
  signal: AbortSignal,
  look: () => Promise<T | null>,
): Promise<T | null> {
  // A clock that was set back must not make it wait for ever.
  const until = Math.min(madeAt, clock.now()) + lag;
  let found = await look();
  for (const pause of PAUSES) {
    if (found !== null || clock.now() >= until) return found;
    await clock.sleep((lag * pause) / SHARES, signal);
    found = await look();
  }
  return found;
}
