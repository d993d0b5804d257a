import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { type FsError, toFsError } from '../../lib/errors.js';
import { isTemporary } from './errors.js';
import type { Passport, TokenPair } from './passport.js';

/** How often a renewal that the cloud could not do is tried (115-open.md §3.5: 40140121, 40110000). */
const ATTEMPTS = 4;

/** Milliseconds before the second attempt; doubles, with jitter. */
const FIRST_PAUSE = 1000;

/**
 * A new pair for a refresh token. A lost answer is asked for once more with the same token: that works when the cloud
 * never saw the first question, and is refused for good (reason `login`) when it did.
 * Rejects with FsError. Is never aborted: the cloud may have changed the token already.
 */
export async function renewPair(env: Env, passport: Passport, refreshToken: string): Promise<TokenPair> {
  const call: Call = { signal: new AbortController().signal, urgency: 'reader' };
  await env.checkpoint('token:before-refresh');
  for (let attempt = 1; ; attempt += 1) {
    try {
      const pair = await passport.refresh(refreshToken, call);
      await env.checkpoint('token:answered');
      return pair;
    } catch (thrown) {
      const error = toFsError(thrown);
      if (attempt >= attemptsFor(error)) throw error;
      env.log.debug('renewing the login failed, trying again', { attempt, error: error.message });
      await env.clock.sleep(FIRST_PAUSE * 2 ** (attempt - 1) * (1 + env.random.fraction()));
    }
  }
}

function attemptsFor(error: FsError): number {
  if (error.reason === 'network') return 2;
  return isTemporary(error) ? ATTEMPTS : 1;
}
