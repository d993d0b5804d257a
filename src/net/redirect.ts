import { FsError } from '../lib/errors.js';
import type { TransportRequest } from './http-message.js';

/** Headers that may reach a host they were not written for: they say nothing about who asks. */
const HARMLESS = new Set(['accept', 'accept-encoding', 'accept-language', 'range', 'user-agent']);
const DESCRIBES_BODY = /^content-/i;

/** True for the statuses that send a client elsewhere. */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/**
 * The request to send after a redirect. Another scheme, host or port gets none of the headers that could be a
 * secret, and never a body. Throws FsError EIO with reason `reply` when the redirect cannot be followed.
 */
export function redirected(from: TransportRequest, status: number, location: string): TransportRequest {
  const target = targetOf(from.url, location);
  const elsewhere = target.origin !== new URL(from.url).origin;
  const { body, ...rest } = from;
  const request = { ...rest, url: target.href, headers: keptHeaders(from.headers ?? {}, elsewhere) };
  if (becomesGet(from.method, status)) {
    return { ...request, method: 'GET', headers: withoutBodyHeaders(request.headers) };
  }
  if (body === undefined) return request;
  if (elsewhere || isStream(body)) {
    throw refuse(from.url, `redirects a ${from.method} with content to ${target.host}`);
  }
  return { ...request, body };
}

function targetOf(from: string, location: string): URL {
  const target = URL.canParse(location, from) ? new URL(location, from) : null;
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw refuse(from, 'redirects to something that is no web address');
  }
  return target;
}

function becomesGet(method: TransportRequest['method'], status: number): boolean {
  if (status === 303) return method !== 'HEAD';
  return method === 'POST' && (status === 301 || status === 302);
}

function keptHeaders(
  headers: Readonly<Record<string, string>>,
  elsewhere: boolean,
): Readonly<Record<string, string>> {
  if (!elsewhere) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name.toLowerCase())));
}

function withoutBodyHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !DESCRIBES_BODY.test(name)));
}

function isStream(body: NonNullable<TransportRequest['body']>): boolean {
  return !(typeof body === 'string' || body instanceof URLSearchParams || body instanceof Uint8Array);
}

function refuse(from: string, what: string): FsError {
  return new FsError('EIO', `${new URL(from).host} ${what}`, { reason: 'reply' });
}
