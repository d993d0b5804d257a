import type { Clock } from '../../lib/env.js';

/** How long something new may be missing from listings, in milliseconds (115-open.md §17.8, §19). */
export const LISTING_LAG = 14_000;

const PAUSES = [2000, 4000, 8000];

/**
 * Looks for something that was made at `madeAt` (milliseconds since the epoch) or not at all: at once, and again until
 * it would have been listed. Null when it never shows. Rejects as the look does, and with the signal's reason on abort.
 */
export async function lookUntilListed<T>(
  clock: Clock,
  madeAt: number,
  signal: AbortSignal,
  look: () => Promise<T | null>,
): Promise<T | null> {
  // A clock that was set back must not make it wait for ever.
  const until = Math.min(madeAt, clock.now()) + LISTING_LAG;
  let found = await look();
  for (const pause of PAUSES) {
    if (found !== null || clock.now() >= until) return found;
    await clock.sleep(pause, signal);
    found = await look();
  }
  return found;
}
