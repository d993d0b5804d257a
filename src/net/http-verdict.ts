import { FsError } from '../lib/errors.js';
import type { ApiReply, Verdict } from './api-call.js';
import type { ReplyHeaders } from './http-message.js';

/** Seconds beyond this are a point in time, not a span. */
const EPOCH = 1_000_000_000;

/**
 * Milliseconds that a refusal asks for by Retry-After (seconds or a date) or X-RateLimit-Reset (seconds, or
 * seconds since the epoch); null when it does not say. `now`, in milliseconds since the epoch, counts where the refusal
 * has no Date of its own.
 */
export function requestedWait(headers: Pick<ReplyHeaders, 'get'>, now: number): number | null {
  // A point in time is one of the server's clock: the one here may be set wrong.
  const told = Date.parse(headers.get('date') ?? '');
  const at = Number.isNaN(told) ? now : told;
  for (const name of ['retry-after', 'x-ratelimit-reset']) {
    const value = headers.get(name)?.trim() ?? '';
    const wait = /^\d+(\.\d+)?$/.test(value) ? spanOf(Number(value), at) : Date.parse(value) - at;
    if (!Number.isNaN(wait)) return Math.max(0, wait);
  }
  return null;
}

/** What an HTTP status means where the cloud's own codes say nothing; for a driver's judge. */
export function judgeStatus(reply: ApiReply): Verdict {
  const { status } = reply;
  const message = `HTTP status ${status}`;
  if (status >= 200 && status < 300) return { kind: 'ok' };
  if (status === 429) return { kind: 'throttled', wait: null, message };
  if (status === 401) return { kind: 'unauthorized', message };
  if (status === 408 || status >= 500) {
    return { kind: 'temporary', error: new FsError('EIO', message, { reason: 'network' }) };
  }
  return { kind: 'failed', error: new FsError('EIO', message, { reason: 'reply' }) };
}

function spanOf(seconds: number, now: number): number {
  return seconds > EPOCH ? seconds * 1000 - now : seconds * 1000;
}
