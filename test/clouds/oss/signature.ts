import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Query parameters that are signed; others, as max-parts, are not (API document, 17.6). */
const SIGNED = ['partNumber', 'sequential', 'uploadId', 'uploads'];

export interface SignedRequest {
  readonly method: string;
  readonly bucket: string;
  readonly object: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** Signature V1 of a request: base64 of HMAC-SHA1 over its canonical text (API document, 17.6). */
export function signatureOf(request: SignedRequest, secret: string): string {
  return createHmac('sha1', secret).update(canonicalText(request)).digest('base64');
}

function canonicalText({ method, bucket, object, query, headers }: SignedRequest): string {
  const text = (name: string): string => String(headers[name] ?? '');
  const ossHeaders = Object.keys(headers)
    .filter((name) => name.startsWith('x-oss-'))
    .sort()
    .map((name) => `${name}:${text(name).trim()}\n`)
    .join('');
  const signed = SIGNED.filter((name) => query.has(name)).map((name) => {
    const value = query.get(name) ?? '';
    return value === '' ? name : `${name}=${value}`;
  });
  const resource = `/${bucket}/${object}${signed.length === 0 ? '' : `?${signed.join('&')}`}`;
  const head = [method, text('content-md5'), text('content-type'), dateOf(headers)];
  return `${head.join('\n')}\n${ossHeaders}${resource}`;
}

/** The time a request was made, as it says; clients that may not set Date send x-oss-date. */
export function dateOf(headers: IncomingHttpHeaders): string {
  return String(headers['x-oss-date'] ?? headers.date ?? '');
}
