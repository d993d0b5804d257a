import type { Exchange } from '../house/exchange.js';
import { OssError } from './oss-error.js';
import type { StoredObject } from './bucket.js';

/** What a request with callback headers makes OSS send to the owner of the bucket. */
export interface Callback {
  /** The two strings of the headers, decoded, byte for byte. */
  readonly callback: string;
  readonly variables: string;
  /** The form that the owner gets, all variables filled in. */
  readonly form: URLSearchParams;
  readonly object: StoredObject;
}

/** What the owner answers; it becomes the body of the answer to the upload. */
export type CallbackHandler = (callback: Callback, exchange: Exchange) => unknown;

interface CallbackStrings {
  readonly callback: string;
  readonly variables: string;
}

/** The callback headers of a request; null without. Throws when they are not base64 of JSON. */
export function readCallback(exchange: Exchange): CallbackStrings | null {
  const { headers } = exchange.request;
  const callback = headers['x-oss-callback'];
  if (callback === undefined) return null;
  const strings = {
    callback: decoded(String(callback)),
    variables: decoded(String(headers['x-oss-callback-var'] ?? 'e30=')),
  };
  const { callbackUrl, callbackBody } = parsed(strings.callback);
  if (typeof callbackUrl !== 'string' || typeof callbackBody !== 'string') throw invalid();
  parsed(strings.variables);
  return strings;
}

/** The form of a callback: `${…}` of the body filled from the object and the custom variables. */
export function fillCallback(strings: CallbackStrings, bucket: string, object: StoredObject): Callback {
  const { callbackBody } = parsed(strings.callback);
  const values: Readonly<Record<string, string | number | undefined>> = {
    ...textMembers(parsed(strings.variables)),
    bucket,
    object: object.name,
    size: object.size,
    etag: object.etag,
    sha1: object.sha1 ?? '',
  };
  const body = String(callbackBody).replace(/\$\{([^}]+)\}/g, (_whole, name: string) =>
    encodeURIComponent(String(values[name] ?? '')),
  );
  return { ...strings, form: new URLSearchParams(body), object };
}

function textMembers(members: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function decoded(header: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(header)) throw invalid();
  return Buffer.from(header, 'base64').toString('utf8');
}

function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid();
}

function invalid(): OssError {
  return new OssError('InvalidArgument', { ArgumentName: 'callback' });
}
