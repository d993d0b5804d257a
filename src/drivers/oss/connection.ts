import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import type { ServerTime } from '../../net/server-time.js';
import type { Transport, TransportRequest, TransportResponse } from '../../net/transport.js';
import { objectUrl } from './address.js';
import type { OssCredentials } from './credentials.js';
import { ossCode, OUTWORN, refusalOf, SKEWED } from './refusal.js';
import type { OssReply, OssRequest } from './request.js';
import { authorization } from './signature.js';
import { SourcePassage } from './source.js';

/** Where credentials come from. */
export interface CredentialSource {
  /** Credentials that are good for a while; may fetch new ones. Rejects with FsError. */
  current(call: Call): Promise<OssCredentials>;
  /** The storage takes these no more. */
  refused(credentials: OssCredentials): void;
}

export interface OssParts {
  readonly env: Env;
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  /** The time by which requests are dated. */
  readonly time: ServerTime;
}

export interface OssOptions {
  /** The bucket in the path of every address; by default only where it cannot stand in the host name. */
  readonly pathStyle?: boolean;
}

/** How often one request is signed anew: with new credentials, or by the storage's own time. */
const SIGNATURES = 3;

const STALL = 60_000;
const TIMEOUT = 60_000;
const MOST_TEXT = 8 * 1024 * 1024;

/** Signed requests to a storage: credentials are renewed and the date is set right on the way; nothing else is repeated. */
export class OssConnection {
  readonly #parts: OssParts;
  readonly #pathStyle: boolean;

  constructor(parts: OssParts, options: OssOptions = {}) {
    this.#parts = parts;
    this.#pathStyle = options.pathStyle ?? false;
  }

  /**
   * Resolves when the storage has carried the request out. Rejects with FsError whose `ossCode` tells the refusal, EIO
   * or ETIMEDOUT reason `network` without an answer, what the source and the credentials reject with, or the signal's
   * reason.
   */
  async send(request: OssRequest, call: Call): Promise<OssReply> {
    for (let signatures = 1; ; signatures += 1) {
      const credentials = await this.#parts.credentials.current(call);
      try {
        return await this.#exchange(request, credentials, call);
      } catch (error) {
        const code = ossCode(error) ?? '';
        const curable = code === SKEWED || OUTWORN.includes(code);
        if (!curable || signatures === SIGNATURES) throw error;
        if (code !== SKEWED) this.#parts.credentials.refused(credentials);
      }
    }
  }

  async #exchange(request: OssRequest, credentials: OssCredentials, call: Call): Promise<OssReply> {
    const { transport, env } = this.#parts;
    const started = env.clock.monotonic();
    const ending = new AbortController();
    const signal = AbortSignal.any([call.signal, ending.signal]);
    const passage = request.source === undefined ? null : new SourcePassage(request.source, signal);
    try {
      const response = await transport.request({
        ...this.#signed(request, credentials, passage),
        signal: call.signal,
      });
      const ms = Math.round(env.clock.monotonic() - started);
      env.log.debug('storage request', { request: request.name, status: response.status, ms });
      return await this.#read(request, response, passage);
    } finally {
      ending.abort(new Error('the request is over'));
    }
  }

  #signed(
    request: OssRequest,
    credentials: OssCredentials,
    passage: SourcePassage | null,
  ): Omit<TransportRequest, 'signal'> {
    const { method, place, query = {}, text } = request;
    const body = text === undefined ? passage?.bytes() : Buffer.from(text, 'utf8');
    const headers = {
      ...request.headers,
      ...(body === undefined ? {} : { 'Content-Type': text === undefined ? BINARY : 'application/xml' }),
      ...(passage === null ? {} : { 'Content-Length': String(passage.length) }),
      Date: new Date(this.#parts.time.now()).toUTCString(),
      'x-oss-security-token': credentials.securityToken,
    };
    const Authorization = authorization({ method, ...place, query, headers }, credentials);
    return {
      method,
      url: objectUrl(credentials.endpoint, place, query, this.#pathStyle),
      headers: { ...headers, Authorization },
      redirect: 'manual',
      stall: STALL,
      timeout: request.timeout ?? TIMEOUT,
      ...(body === undefined ? {} : { body }),
    };
  }

  async #read(
    request: OssRequest,
    response: TransportResponse,
    passage: SourcePassage | null,
  ): Promise<OssReply> {
    const text = await response.text(MOST_TEXT);
    this.#parts.time.observe(response.headers.get('date'));
    // 203 is how OSS says that the object is there and its owner could not be told.
    if (response.status !== 200 && response.status !== 204) {
      throw refusalOf(request.name, response.status, text);
    }
    const etag = (response.headers.get('etag') ?? '').replaceAll('"', '').toUpperCase();
    return { text, etag, md5: passage?.md5() ?? '' };
  }
}

const BINARY = 'application/octet-stream';
