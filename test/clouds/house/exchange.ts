import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { FaultName, FaultSwitches } from './faults.js';
import { readForm } from './form.js';
import { writeJson } from './json.js';

/** What an answer adds to its line in the request log. */
export interface LogNotes {
  service: string;
  code?: number;
  reason?: string;
  connections?: { readonly link: number; readonly account: number };
  bytes: number;
  form?: string;
  readonly faults: FaultName[];
}

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly notes: LogNotes = { service: '', bytes: 0, faults: [] };
  readonly #faults: FaultSwitches;
  #form: Promise<URLSearchParams> | null = null;
  #subject: string;

  constructor(request: IncomingMessage, response: ServerResponse, faults: FaultSwitches) {
    this.request = request;
    this.response = response;
    this.#faults = faults;
    this.url = new URL(request.url ?? '/', `${this.scheme}://${this.host}`);
    this.#subject = `${this.method} ${this.host}${request.url ?? ''}`;
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  get scheme(): 'http' | 'https' {
    return this.request.socket instanceof TLSSocket ? 'https' : 'http';
  }

  /** The Host header in lower case, with its port. */
  get host(): string {
    return (this.request.headers.host ?? 'localhost').toLowerCase();
  }

  get hostname(): string {
    return this.host.replace(/:\d+$/, '');
  }

  get path(): string {
    return this.url.pathname;
  }

  get userAgent(): string {
    return this.request.headers['user-agent'] ?? '';
  }

  /** Fields of the query and, for other methods than GET, of the form; absent and empty are alike. */
  async fields(): Promise<URLSearchParams> {
    if (this.method === 'GET' || this.method === 'HEAD') return this.url.searchParams;
    this.#form ??= readForm(this.request).then((form) => {
      this.notes.form = form.toString().slice(0, 500);
      this.#subject += ` ${decodeURIComponent(this.notes.form.replaceAll('%', '%25'))}`;
      return form;
    });
    return this.#form;
  }

  /** Whether a fault strikes this request; noted in the log. */
  struck(name: FaultName): boolean {
    const strikes = this.#faults.fires(name, this.#subject);
    if (strikes) this.notes.faults.push(name);
    return strikes;
  }

  /** Waits for the release of a fault that holds requests, when it strikes. */
  async holdIfStruck(when: 'before' | 'after'): Promise<void> {
    if (!this.struck(when === 'before' ? 'hold-request' : 'hold-answer')) return;
    await this.#faults.held.hold(when, this.#subject, this.hang());
  }

  /** The parameter of a fault. */
  faultValue(name: FaultName): number {
    return this.#faults.value(name);
  }

  sendJson(value: unknown, status = 200, headers: OutgoingHttpHeaders = {}): void {
    this.send(status, writeJson(value), { 'content-type': 'application/json; charset=utf-8', ...headers });
  }

  sendHtml(status: number, html: string, headers: OutgoingHttpHeaders = {}): void {
    this.send(status, html, { 'content-type': 'text/html; charset=utf-8', ...headers });
  }

  send(status: number, body: string | Buffer, headers: OutgoingHttpHeaders = {}): void {
    const bytes = Buffer.from(body);
    this.notes.bytes += bytes.length;
    this.response.writeHead(status, { ...headers, 'content-length': bytes.length });
    this.response.end(this.method === 'HEAD' ? undefined : bytes);
  }

  /** Ends the connection without another byte. */
  reset(): void {
    const { socket } = this.request;
    if (socket instanceof TLSSocket) socket.destroy();
    else socket.resetAndDestroy();
  }

  /** Resolves when the client has gone. */
  hang(): Promise<void> {
    return new Promise((resolve) => {
      if (this.response.closed || this.response.destroyed) resolve();
      else this.response.once('close', resolve);
    });
  }
}
