import type { AccountHealth } from '../driver/account.js';
import type { Clock } from '../lib/env.js';

const LOOK = 5000;
/** An account that lost its login is asked so long after, although it does not know better: a call may have healed it. */
const LONGEST = 300_000;

/** Resolves when the account's login is not lost any more, or may not be. Rejects with the signal's reason on abort. */
export async function loginReturned(
  clock: Clock,
  health: () => Pick<AccountHealth, 'login'>,
  signal: AbortSignal,
): Promise<void> {
  const end = clock.monotonic() + LONGEST;
  do await clock.sleep(LOOK, signal);
  while (health().login === 'lost' && clock.monotonic() < end);
}
