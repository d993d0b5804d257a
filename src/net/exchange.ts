import type http from 'node:http';
import type https from 'node:https';
import type { Readable } from 'node:stream';
import fetch, { type Response } from 'node-fetch';
import type { Clock, Timer } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { Connection } from './connection.js';
import { networkError, silence } from './network-error.js';
import { HttpResponse } from './response.js';
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
  #response: HttpResponse | null = null;
  #timer: Timer | null = null;

  constructor(clock: Clock, agents: Agents, request: TransportRequest, patience: Patience) {
    this.#clock = clock;
    this.#agents = agents;
    this.#request = request;
    this.#patience = patience;
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
    const { url, method, headers, body, compress } = this.#request;
    return await fetch(url, {
      method,
      headers: { ...headers },
      body:
        body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.length) : (body ?? null),
      agent: (target) =>
        this.#connection.observe(target.protocol === 'https:' ? this.#agents.https : this.#agents.http),
      compress: compress ?? false,
      redirect: 'manual',
      signal: this.#abort.signal,
    });
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
      over();
    });
    return response;
  }

  /** Uploads may take long: what counts is that bytes still move. */
  #expectHeaders(written: number): void {
    this.#timer = this.#clock.after(this.#patience.timeout, () => {
      const moved = this.#connection.bytesWritten;
      if (this.#isUpload() && moved > written) this.#expectHeaders(moved);
      else this.#abort.abort(silence(this.#host, this.#patience.timeout));
    });
  }

  #isUpload(): boolean {
    const { body } = this.#request;
    return body !== undefined && typeof body !== 'string' && !(body instanceof URLSearchParams);
  }

  #explain(error: unknown): unknown {
    if (this.#abort.signal.aborted) return this.#abort.signal.reason;
    if (error instanceof FsError) return error;
    // An error of node-fetch quotes the whole address, secrets included: only what lies beneath may be kept.
    const cause = this.#connection.error ?? new Error('no valid request or answer');
    return networkError(this.#host, cause);
  }
}
