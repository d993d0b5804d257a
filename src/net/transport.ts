import { lookup } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { trustedCertificates } from './certificate-authorities.js';
import { type Agents, Exchange } from './exchange.js';
import type { TransportRequest, TransportResponse } from './http-message.js';
import { LookupCache } from './lookup-cache.js';
import { isRedirect, redirected } from './redirect.js';

export type { ReplyHeaders, TransportRequest, TransportResponse } from './http-message.js';

/** One HTTP request at a time over kept connections: no retry, no pacing. */
export interface Transport {
  /**
   * Resolves when the headers of the reply are there, whatever the status. Rejects with FsError: EIO (no
   * connection, no name, no trust) and ETIMEDOUT with reason `network`, EIO with reason `reply` for a redirect
   * that cannot be followed; with the signal's reason on abort. The connection is closed by then.
   */
  request(request: TransportRequest): Promise<TransportResponse>;
  /** Destroys every connection; what is under way rejects. Resolves when all are closed. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** PEM files of certificate authorities that are trusted besides the usual ones. */
  readonly authorities?: readonly string[];
  /** Milliseconds until the headers of a reply; default 30 s. */
  readonly timeout?: number;
  /** Milliseconds without a byte of a body; default 30 s. */
  readonly stall?: number;
  /** Hosts whose address is given instead of looked up: host → IP address. */
  readonly resolve?: Readonly<Record<string, string>>;
}

const MAX_REDIRECTS = 5;
const LOOKUP_TTL = 60_000;
const IDLE_TIMEOUT = 15_000;

/** Throws FsError EINVAL when a file of certificate authorities is of no use. */
export function createTransport(env: Env, options: TransportOptions = {}): Transport {
  const ca = trustedCertificates(options.authorities ?? [], process.env);
  const names = new LookupCache(env.clock, lookup, { ttl: LOOKUP_TTL, fixed: options.resolve ?? {} });
  const kept = { keepAlive: true, timeout: IDLE_TIMEOUT, maxFreeSockets: 16, lookup: names.lookup };
  const agents = {
    http: new http.Agent(kept),
    https: new https.Agent(ca === undefined ? kept : { ...kept, ca }),
  };
  return new HttpTransport(env, agents, options.timeout ?? 30_000, options.stall ?? 30_000);
}

class HttpTransport implements Transport {
  readonly #env: Env;
  readonly #agents: Agents;
  readonly #timeout: number;
  readonly #stall: number;
  readonly #open = new Set<Exchange>();
  #closed = false;

  constructor(env: Env, agents: Agents, timeout: number, stall: number) {
    this.#env = env;
    this.#agents = agents;
    this.#timeout = timeout;
    this.#stall = stall;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    let hop = request;
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#send(hop);
      const location = response.headers.get('location');
      if (request.redirect === 'manual' || location === null || !isRedirect(response.status)) return response;
      await response.discard();
      if (redirects === MAX_REDIRECTS) {
        throw new FsError('EIO', `${new URL(request.url).host} redirects in circles`, { reason: 'reply' });
      }
      hop = redirected(hop, response.status, location);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open].map((exchange) => exchange.end()));
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #send(request: TransportRequest): Promise<TransportResponse> {
    request.signal.throwIfAborted();
    if (!URL.canParse(request.url)) throw new FsError('EIO', 'not a web address', { reason: 'reply' });
    if (this.#closed) throw new FsError('EIO', 'the network is shut down', { reason: 'network' });
    const limits = { timeout: request.timeout ?? this.#timeout, stall: request.stall ?? this.#stall };
    const exchange = new Exchange(this.#env.clock, this.#agents, request, limits);
    this.#open.add(exchange);
    try {
      return await exchange.start(() => this.#open.delete(exchange));
    } catch (error) {
      this.#open.delete(exchange);
      throw error;
    }
  }
}
