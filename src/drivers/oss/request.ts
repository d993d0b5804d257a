import type { ObjectPlace } from './address.js';
import type { ByteSource } from './source.js';

/** One request to the storage, before it is signed. */
export interface OssRequest {
  /** What it is called in messages and in the log. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly place: ObjectPlace;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly source?: ByteSource;
  /** Milliseconds until the answer once all is sent. */
  readonly timeout?: number;
}

/** A storage answer of success. */
export interface OssReply {
  readonly text: string;
  /** Upper-case hexadecimal without quotes; empty without one. */
  readonly etag: string;
  /** MD5 of the bytes that were sent, upper-case hexadecimal; empty without a source. */
  readonly md5: string;
}

/** What the owner of the bucket wants to be told with when the object is there; passed on byte for byte. */
export interface OssCallback {
  readonly callback: string;
  readonly variables: string;
}

/** The headers that make OSS call the owner back (115-open.md §17.6). */
export function callbackHeaders({ callback, variables }: OssCallback): Readonly<Record<string, string>> {
  return {
    'x-oss-callback': Buffer.from(callback, 'utf8').toString('base64'),
    'x-oss-callback-var': Buffer.from(variables, 'utf8').toString('base64'),
  };
}
