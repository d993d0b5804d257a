import type { Call } from '../lib/call.js';
import type { FsError } from '../lib/errors.js';
import type { ReplyHeaders } from './http-message.js';

export interface ApiRequest {
  /** What it is counted and logged as: `ufile/files`. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Without query. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string | number>>;
  /** Sent urlencoded. */
  readonly form?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly call: Call;
  /** Whether sending it twice is harmless: only then is it repeated after a lost answer. */
  readonly repeatable: boolean;
  /** Milliseconds until the headers of the reply. */
  readonly timeout?: number;
  /** Default true; false for logins, which the cloud does not count. */
  readonly paced?: boolean;
  /** Default true; false when it carries its own proof of who asks. */
  readonly authorized?: boolean;
}

export interface ApiReply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  /** Undefined when the body is not JSON. Integers too long for a number are strings. */
  readonly json: unknown;
  /** The beginning of the body, for messages. */
  readonly text: string;
}

/** What a reply means; a driver's judge is the only table from that cloud's codes. */
export type Verdict =
  | { readonly kind: 'ok' }
  /** Too many calls: nothing goes out for `wait` milliseconds (null: the cloud did not say), then it is repeated. */
  | { readonly kind: 'throttled'; readonly wait: number | null; readonly message: string }
  /** The login was refused: it is renewed once, and the call repeated once. */
  | { readonly kind: 'unauthorized'; readonly message: string }
  /** Repeated with growing pauses when that is harmless. */
  | { readonly kind: 'temporary'; readonly error: FsError }
  | { readonly kind: 'failed'; readonly error: FsError };

export interface Authorization {
  /** Headers of a usable login; may renew it first. Rejects with FsError EACCES, reason `login`. */
  headers(call: Call): Promise<Readonly<Record<string, string>>>;
  /** The cloud refused these headers: renews the login unless somebody already has. Rejects as `headers`. */
  renew(refused: Readonly<Record<string, string>>, call: Call): Promise<void>;
}

/** One exchange with a cloud, for whoever counts: neither addresses nor what was said. */
export interface ObservedCall {
  readonly name: string;
  /** temporary: no answer, or one that repeating may make better. */
  readonly outcome: 'ok' | 'throttled' | 'unauthorized' | 'temporary' | 'failed';
  /** From the request to the end of the reply. */
  readonly milliseconds: number;
}
