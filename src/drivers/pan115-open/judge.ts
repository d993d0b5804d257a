import { FsError } from '../../lib/errors.js';
import type { ApiReply, ApiRequest, Verdict } from '../../net/api-client.js';
import { requestedWait } from '../../net/http-verdict.js';
import { type Meaning, meaningOf, refusal, sentence } from './errors.js';
import { type Envelope, readEnvelope } from './wire.js';

/** Clients that sleep exactly as long as they are told are refused again (115-open.md §5). */
const WAIT_MARGIN = 5000;

/**
 * What an answer of 115 means (115-open.md §1.3-1.4, §3.5, §4, §5). Calls without the account's authorization are
 * login calls: they are never throttled for the whole account, and a refused refresh token is a lost login.
 * `now` in milliseconds since the epoch.
 */
export function judge(reply: ApiReply, request: ApiRequest, now: number): Verdict {
  const verdict = judgeResource(reply, request, now);
  return request.authorized === false ? asLoginVerdict(verdict, request) : verdict;
}

function judgeResource(reply: ApiReply, request: ApiRequest, now: number): Verdict {
  if (reply.status === 429)
    return { kind: 'throttled', wait: statedWait(reply, now), message: httpWords(reply) };
  const envelope = readEnvelope(reply.json);
  if (envelope === null) return judgeShapeless(reply, request, now);
  if (envelope.code === 0) {
    if (reply.status === 401) return { kind: 'unauthorized', message: httpWords(reply) };
    if (reply.status === 405) return { kind: 'throttled', wait: null, message: httpWords(reply) };
    if (reply.status >= 500) return { kind: 'temporary', error: brokenServer(reply, request) };
    if (reply.status < 400 && succeeded(envelope, reply, request)) return { kind: 'ok' };
    if (envelope.state === null && envelope.message === '') return unknownShape(request);
  }
  return judgeRefusal(envelope, request);
}

function succeeded(envelope: Envelope, reply: ApiReply, request: ApiRequest): boolean {
  if (request.authorized !== false) return envelope.state === true;
  // A scan status of state 0 tells that the code has expired; a renewal server may send the bare token pair.
  const stateless = request.name === 'get/status' || hasToken(reply.json);
  return (envelope.state === true || stateless) && !hasErrorText(reply.json);
}

function judgeRefusal(envelope: Envelope, request: ApiRequest): Verdict {
  const meaning = meaningOf(envelope.code, envelope.message);
  switch (meaning.kind) {
    case 'throttled':
      return { kind: 'throttled', wait: null, message: sentence(meaning.words, envelope) };
    case 'unauthorized':
      return { kind: 'unauthorized', message: sentence(meaning.words, envelope) };
    case 'temporary':
    case 'failed':
      return judgeFailure(meaning, envelope, request);
  }
}

function judgeFailure(
  meaning: Exclude<Meaning, { kind: 'throttled' | 'unauthorized' }>,
  envelope: Envelope,
  request: ApiRequest,
): Verdict {
  // A refused refresh token is told only by the call that renews: here it means that the access token died with it.
  if (meaning.reason === 'login' && request.authorized !== false) {
    return { kind: 'unauthorized', message: sentence(meaning.words, envelope) };
  }
  return { kind: meaning.kind, error: refusal(request.name, envelope, meaning) };
}

/** No JSON object at all: a page of the front-end protection unless the status says otherwise (§1.3). */
function judgeShapeless(reply: ApiReply, request: ApiRequest, now: number): Verdict {
  if (reply.json !== undefined) return unknownShape(request);
  if (reply.status === 401) return { kind: 'unauthorized', message: httpWords(reply) };
  if (reply.status === 404) {
    const words = `115 Open: ${request.name}: ${httpWords(reply)}`;
    return { kind: 'failed', error: new FsError('EIO', words, { reason: 'refused' }) };
  }
  const wait = statedWait(reply, now);
  if (reply.status >= 500 && wait === null) return { kind: 'temporary', error: brokenServer(reply, request) };
  return { kind: 'throttled', wait, message: httpWords(reply) };
}

/** Never with an excerpt of the answer: it may hold a token. */
function unknownShape(request: ApiRequest): Verdict {
  const words = `115 Open: ${request.name}: the answer has an unknown shape`;
  return { kind: 'failed', error: new FsError('EIO', words, { reason: 'reply' }) };
}

function asLoginVerdict(verdict: Verdict, request: ApiRequest): Verdict {
  if (verdict.kind !== 'throttled' && verdict.kind !== 'unauthorized') return verdict;
  const words = `115 Open: ${request.name}: ${verdict.message}`;
  const error =
    verdict.kind === 'throttled'
      ? new FsError('ETIMEDOUT', words, { reason: 'throttle' })
      : new FsError('EACCES', words, { reason: 'login' });
  return { kind: 'failed', error };
}

/** Milliseconds that the answer asks to wait, and a little more; null when it does not say. */
function statedWait(reply: ApiReply, now: number): number | null {
  const wait = requestedWait(reply.headers, now);
  return wait === null ? null : wait + WAIT_MARGIN;
}

function brokenServer(reply: ApiReply, request: ApiRequest): FsError {
  return new FsError('EIO', `115 Open: ${request.name}: ${httpWords(reply)}`, { reason: 'network' });
}

function httpWords(reply: ApiReply): string {
  const page = excerpt(reply.text);
  return page === '' ? `HTTP ${reply.status}` : `HTTP ${reply.status}: ${page}`;
}

/** The readable start of a page, without markup. */
function excerpt(text: string): string {
  const words = text
    .replace(/<(style|script)[\s\S]*?(<\/\1>|$)/gi, ' ')
    .replace(/<[^>]*>?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words.length > 120 ? `${words.slice(0, 120)}…` : words;
}

function hasToken(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'access_token' in json;
}

function hasErrorText(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'error' in json && Boolean(json.error);
}
