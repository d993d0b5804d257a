import type http from 'node:http';
import type https from 'node:https';
import type { Readable } from 'node:stream';
import fetch, { type Response } from 'node-fetch';
import type { Clock, Timer } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { Connection } from './connection.js';
import { blocked, networkError, silence } from './network-error.js';
import { HttpResponse } from './response.js';
import { StreamedBody } from './streamed-body.js';
import type { TransportRequest, TransportResponse } from './http-message.js';

export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** Milliseconds of silence that are borne before and after the headers of the reply. */
export interface Patience {
  readonly timeout: number;
  readonly stall: number;
}

/** One request and its reply on one connection, redirects not followed. */
export class Exchange {
  readonly #clock: Clock;
  readonly #agents: Agents;
  readonly #request: TransportRequest;
  readonly #patience: Patience;
  readonly #connection = new Connection();
  readonly #abort = new AbortController();
  /** Null when all of the body is at hand, or there is none. */
  readonly #streamed: StreamedBody | null;
  #response: HttpResponse | null = null;
  #timer: Timer | null = null;

  constructor(clock: Clock, agents: Agents, request: TransportRequest, patience: Patience) {
    this.#clock = clock;
    this.#agents = agents;
    this.#request = request;
    this.#patience = patience;
    this.#streamed = streamedBody(request.body);
  }

  /** `over` is called once the reply has been read, discarded or broken off. */
  async start(over: () => void): Promise<TransportResponse> {
    const { signal } = this.#request;
    const aborted = (): void => this.#abort.abort(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    this.#expectHeaders(0);
    try {
      return this.#receive(await this.#fetch(), over);
    } catch (error) {
      this.#streamed?.abandon();
      this.#connection.destroy();
      await this.#connection.released();
      throw this.#explain(error);
    } finally {
      this.#timer?.cancel();
      signal.removeEventListener('abort', aborted);
    }
  }

  /** Breaks off whatever is under way; resolves when the connection is closed. */
  async end(): Promise<void> {
    const error = networkError(this.#host, new Error('the network is shut down'));
    if (this.#response === null) {
      this.#abort.abort(error);
      await this.#connection.released();
    } else {
      this.#response.fail(error);
      await this.#response.discard();
    }
  }

  get #host(): string {
    return new URL(this.#request.url).host;
  }

  async #fetch(): Promise<Response> {
    const { url, method, headers, compress } = this.#request;
    return await fetch(url, {
      method,
      headers: { ...headers },
      body: this.#body(),
      agent: (target) =>
        this.#connection.observe(target.protocol === 'https:' ? this.#agents.https : this.#agents.http),
      compress: compress ?? false,
      redirect: 'manual',
      signal: this.#abort.signal,
    });
  }

  #body(): string | URLSearchParams | Buffer | Readable | null {
    const { body } = this.#request;
    if (this.#streamed !== null) return this.#streamed.stream;
    if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.length);
    return typeof body === 'string' || body instanceof URLSearchParams ? body : null;
  }

  #receive(reply: Response, over: () => void): TransportResponse {
    const { signal } = this.#request;
    // The headers may have come in the very turn of an abort.
    this.#abort.signal.throwIfAborted();
    const response = new HttpResponse({
      reply,
      stream: reply.body as Readable,
      url: this.#request.url,
      host: this.#host,
      connection: this.#connection,
      clock: this.#clock,
      stall: this.#patience.stall,
    });
    this.#response = response;
    const aborted = (): void => response.fail(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    response.whenOver(() => {
      signal.removeEventListener('abort', aborted);
      this.#endSending();
      over();
    });
    return response;
  }

  /** Uploads may take long: what counts is that bytes still move, and a source that gives none is no silence. */
  #expectHeaders(written: number): void {
    const { timeout, stall } = this.#patience;
    const sending = this.#streamed !== null && !this.#streamed.ended;
    const patience = sending ? stall : timeout;
    this.#timer = this.#clock.after(patience, () => {
      const moved = this.#connection.bytesWritten;
      const alive = this.#isUpload() && (moved > written || this.#streamed?.waiting === true);
      if (alive) this.#expectHeaders(moved);
      else this.#abort.abort(sending ? blocked(this.#host, patience) : silence(this.#host, patience));
    });
  }

  #isUpload(): boolean {
    return this.#streamed !== null || this.#request.body instanceof Uint8Array;
  }

  /** An answer that came before the whole body was sent needs no more of it; the connection is of no further use. */
  #endSending(): void {
    if (this.#streamed === null || this.#streamed.ended) return;
    this.#streamed.abandon();
    this.#connection.destroy();
  }

  #explain(error: unknown): unknown {
    if (this.#abort.signal.aborted) return this.#abort.signal.reason;
    const failure = this.#streamed?.failure ?? null;
    if (failure !== null) return failure.error;
    if (error instanceof FsError) return error;
    // An error of node-fetch quotes the whole address, secrets included: only what lies beneath may be kept.
    const cause = this.#connection.error ?? new Error('no valid request or answer');
    return networkError(this.#host, cause);
  }
}

function streamedBody(body: TransportRequest['body']): StreamedBody | null {
  if (body === undefined || typeof body === 'string') return null;
  return body instanceof URLSearchParams || body instanceof Uint8Array ? null : new StreamedBody(body);
}
