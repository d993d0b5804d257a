import type { Transport, TransportRequest, TransportResponse } from '../../../../src/net/transport.js';
import { FsError } from '../../../../src/lib/errors.js';
import type { CredentialStore, Credentials } from '../../../../src/driver/credential-store.js';
import type { FakeClock } from '../../../fakes/fake-clock.js';

/** An answer of the cloud: JSON, or a page as it is. */
export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

export type Script = (asked: Asked) => Answer | FsError | Promise<Answer | FsError>;

/** A cloud without sockets: each path answers as its script says, and what was asked is kept. */
export class ScriptedCloud implements Transport {
  readonly asked: Asked[] = [];
  readonly #scripts = new Map<string, Script>();

  on(path: string, script: Script): this {
    this.#scripts.set(path, script);
    return this;
  }

  /** Answers in turn; the last one for good. */
  inTurn(path: string, ...answers: readonly (Answer | FsError)[]): this {
    let turn = 0;
    return this.on(path, () => answers[Math.min(turn++, answers.length - 1)] ?? {});
  }

  /** How often a path was asked. */
  count(path: string): number {
    return this.asked.filter((one) => one.path === path).length;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    request.signal.throwIfAborted();
    const url = new URL(request.url);
    const asked: Asked = {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      form: request.body instanceof URLSearchParams ? Object.fromEntries(request.body) : {},
      headers: request.headers ?? {},
    };
    this.asked.push(asked);
    const script = this.#scripts.get(url.pathname);
    if (script === undefined) throw new Error(`nothing is scripted for ${url.pathname}`);
    const answer = await script(asked);
    if (answer instanceof FsError) throw answer;
    return responseOf(request.url, answer);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function responseOf(url: string, answer: Answer): TransportResponse {
  const headers = new Headers(answer.headers);
  for (const cookie of answer.cookies ?? []) headers.append('set-cookie', cookie);
  const text = answer.text ?? JSON.stringify(answer.json);
  return {
    status: answer.status ?? 200,
    headers,
    url,
    body: (async function* () {
      await Promise.resolve();
      yield Buffer.from(text);
    })(),
    text: () => Promise.resolve(text),
    discard: () => Promise.resolve(),
  };
}

/** Credentials in memory, with what was saved in order; `fail` makes the next saves fail. */
export class FakeCredentials implements CredentialStore {
  readonly saved: Credentials[] = [];
  stored: Credentials | null;
  fail: FsError | null = null;

  constructor(stored: Credentials | null = null) {
    this.stored = stored;
  }

  load(): Promise<Credentials | null> {
    return Promise.resolve(this.stored);
  }

  save(_account: string, credentials: Credentials): Promise<void> {
    if (this.fail !== null) return Promise.reject(this.fail);
    this.saved.push(credentials);
    this.stored = credentials;
    return Promise.resolve();
  }
}

/** A resource answer that is a success. */
export function good(data: unknown, rest: Readonly<Record<string, unknown>> = {}): Answer {
  return { json: { state: true, message: '', code: 0, data, ...rest } };
}

/** A refusal with a code; `login` has the form of the login calls. */
export function refusal(code: number, message: string, form: 'resource' | 'login' = 'resource'): Answer {
  return form === 'resource'
    ? { json: { state: false, message, code, data: [] } }
    : { json: { state: 0, message, code, data: {}, error: '', errno: 0 } };
}

/** A token pair as the login calls give it. */
export function pair(name: string, expiresIn: number | string = 7200): Answer {
  const data = { access_token: `access-${name}`, refresh_token: `refresh-${name}`, expires_in: expiresIn };
  return { json: { state: 1, code: 0, message: '', data, error: '', errno: 0 } };
}

/** Lets time pass until the work is settled; fails when an hour does not suffice. */
export async function inTime<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  const settled = work.then(
    () => true,
    () => true,
  );
  for (let second = 0; second < 3600; second += 1) {
    if (await Promise.race([settled, clock.advance(1000).then(() => false)])) return await work;
  }
  throw new Error('not settled within an hour');
}
