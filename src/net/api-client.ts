import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { ApiReply, ApiRequest, Authorization, ObservedCall, Verdict } from './api-call.js';
import { requestedWait } from './http-verdict.js';
import { parseJson } from './json.js';
import { wasNeverSent } from './network-error.js';
import type { Pacer } from './pacer.js';
import type { TransportRequest } from './http-message.js';
import type { Transport } from './transport.js';

export type { ApiReply, ApiRequest, Authorization, Verdict } from './api-call.js';

export interface ApiClientParts {
  readonly transport: Transport;
  readonly pacer: Pacer;
  /** Must not throw. */
  readonly judge: (reply: ApiReply, request: ApiRequest) => Verdict;
  readonly authorization?: Authorization;
  /** Must neither throw nor take long. */
  readonly observe?: (call: ObservedCall) => void;
}

export interface ApiClientOptions {
  /** How often a call is sent at most while it fails for a passing reason; default 4. */
  readonly attempts?: number;
  /** Milliseconds before the first repetition (default 500) and at most (30 s); they double, with jitter. */
  readonly backOff?: { readonly first: number; readonly max: number };
  /** How often a call waits for a cloud that refuses calls before it gives up; default 3. */
  readonly refusals?: number;
}

type Headers = Readonly<Record<string, string>>;

type Outcome =
  | { readonly kind: 'ok'; readonly reply: ApiReply }
  | { readonly kind: 'throttled'; readonly wait: number | null; readonly message: string }
  | { readonly kind: 'unauthorized'; readonly message: string; readonly signed: Headers }
  | { readonly kind: 'temporary'; readonly error: FsError; readonly again: boolean }
  | { readonly kind: 'failed'; readonly error: FsError };

/** What a call has been through. */
interface Tries {
  failures: number;
  refusals: number;
  renewed: boolean;
}

const MESSAGE_LENGTH = 1024;

/** Calls of one account's API: repeated when harmless, signed, paced, JSON in and out. */
export class ApiClient {
  readonly #env: Env;
  readonly #parts: ApiClientParts;
  readonly #attempts: number;
  readonly #backOff: { readonly first: number; readonly max: number };
  readonly #refusals: number;

  constructor(env: Env, parts: ApiClientParts, options: ApiClientOptions = {}) {
    this.#env = env;
    this.#parts = parts;
    this.#attempts = options.attempts ?? 4;
    this.#backOff = options.backOff ?? { first: 500, max: 30_000 };
    this.#refusals = options.refusals ?? 3;
  }

  /**
   * Resolves only when the judge found the reply good. Rejects with FsError: what the judge said; EACCES, reason
   * `login`, when the renewed login is refused too; ETIMEDOUT, reason `throttle`, while the cloud refuses calls;
   * EIO or ETIMEDOUT, reason `network`, without an answer. Rejects with the signal's reason on abort: a call
   * that was on its way may have reached the cloud.
   */
  async send(request: ApiRequest): Promise<ApiReply> {
    const tries: Tries = { failures: 0, refusals: 0, renewed: false };
    for (;;) {
      const outcome = await this.#attempt(request);
      if (outcome.kind === 'ok') return outcome.reply;
      await this.#beforeNext(request, outcome, tries);
    }
  }

  /** Resolves when the call should be sent again, rejects when it should not. */
  async #beforeNext(
    request: ApiRequest,
    outcome: Exclude<Outcome, { kind: 'ok' }>,
    tries: Tries,
  ): Promise<void> {
    switch (outcome.kind) {
      case 'failed':
        throw outcome.error;
      case 'temporary':
        tries.failures += 1;
        if (!outcome.again || tries.failures >= this.#attempts) throw outcome.error;
        await this.#env.clock.sleep(this.#pause(tries.failures), request.call.signal);
        return;
      case 'throttled':
        tries.refusals += 1;
        if (request.paced === false || tries.refusals > this.#refusals)
          throw throttled(request, outcome.message);
        return;
      case 'unauthorized':
        if (tries.renewed || request.authorized === false || this.#parts.authorization === undefined) {
          throw new FsError('EACCES', outcome.message, { reason: 'login' });
        }
        tries.renewed = true;
        await this.#parts.authorization.renew(outcome.signed, request.call);
        return;
    }
  }

  async #attempt(request: ApiRequest): Promise<Outcome> {
    // A renewal takes its time, and calls that had their turn already would leave together when it is done:
    // so the login is made usable before the turn, and read again after it.
    await this.#sign(request);
    if (request.paced === false) return await this.#exchange(request);
    await this.#parts.pacer.admit(request.call, request.name);
    let outcome: Outcome | null = null;
    try {
      outcome = await this.#exchange(request);
      return outcome;
    } finally {
      this.#settle(outcome);
    }
  }

  #settle(outcome: Outcome | null): void {
    const { pacer } = this.#parts;
    if (outcome === null || outcome.kind === 'temporary') pacer.lost();
    else if (outcome.kind === 'throttled') pacer.refused(outcome.wait, outcome.message);
    else pacer.succeeded();
  }

  async #exchange(request: ApiRequest): Promise<Outcome> {
    const signed = await this.#sign(request);
    const started = this.#env.clock.monotonic();
    try {
      const reply = await this.#receive(request, signed);
      const outcome = this.#judge(request, reply, signed);
      this.#note(request, started, outcome.kind, { status: reply.status });
      return outcome;
    } catch (error) {
      if (request.call.signal.aborted || !(error instanceof FsError) || error.reason !== 'network')
        throw error;
      this.#note(request, started, 'temporary', { failure: error.message });
      return { kind: 'temporary', error, again: request.repeatable || wasNeverSent(error) };
    }
  }

  async #sign(request: ApiRequest): Promise<Headers> {
    if (request.authorized === false) return {};
    return (await this.#parts.authorization?.headers(request.call)) ?? {};
  }

  async #receive(request: ApiRequest, signed: Headers): Promise<ApiReply> {
    const response = await this.#parts.transport.request(transportRequest(request, signed));
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, json: parseJson(text), text: text.slice(0, MESSAGE_LENGTH) };
  }

  #judge(request: ApiRequest, reply: ApiReply, signed: Headers): Outcome {
    const verdict = this.#parts.judge(reply, request);
    if (verdict.kind === 'throttled' || reply.status === 429) {
      const { wait, message } =
        verdict.kind === 'throttled' ? verdict : { wait: null, message: `HTTP status ${reply.status}` };
      return {
        kind: 'throttled',
        wait: wait ?? requestedWait(reply.headers, this.#env.clock.now()),
        message,
      };
    }
    switch (verdict.kind) {
      case 'ok':
        return { kind: 'ok', reply };
      case 'unauthorized':
        return { ...verdict, signed };
      case 'temporary':
        return { ...verdict, again: request.repeatable };
      case 'failed':
        return verdict;
    }
  }

  /** Name, status and time only: addresses and headers hold secrets. */
  #note(
    { name }: ApiRequest,
    started: number,
    outcome: Outcome['kind'],
    details: Readonly<Record<string, string | number>>,
  ): void {
    const milliseconds = this.#env.clock.monotonic() - started;
    this.#parts.observe?.({ name, outcome, milliseconds });
    this.#env.log.debug('api call', { call: name, ms: Math.round(milliseconds), ...details });
  }

  #pause(failures: number): number {
    const { first, max } = this.#backOff;
    const jitter = 0.5 + this.#env.random.fraction() / 2;
    return Math.min(first * 2 ** (failures - 1), max) * jitter;
  }
}

function transportRequest(request: ApiRequest, signed: Headers): TransportRequest {
  const url = new URL(request.url);
  for (const [name, value] of Object.entries(request.query ?? {}))
    url.searchParams.append(name, String(value));
  return {
    method: request.method,
    url: url.href,
    headers: { ...request.headers, ...signed },
    signal: request.call.signal,
    compress: true,
    ...(request.form === undefined ? {} : { body: formBody(request.form) }),
    ...(request.timeout === undefined ? {} : { timeout: request.timeout }),
  };
}

function formBody(form: Readonly<Record<string, string | number>>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(form).map(([name, value]): [string, string] => [name, String(value)]),
  );
}

function throttled(request: ApiRequest, message: string): FsError {
  const said = message === '' ? 'without saying why' : `it said: ${message}`;
  return new FsError('ETIMEDOUT', `${request.name}: the cloud refuses calls, ${said}`, {
    reason: 'throttle',
  });
}
