import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { toFsError } from '../lib/errors.js';
import { OpenRequests } from '../lib/open-requests.js';
import { sendFile } from './file-answer.js';
import type { Credentials, LinkAccess } from './link-access.js';
import type { HandedLink, LinkedFile, LinkedFiles } from './linked-file.js';
import { refuse, refuseError } from './refusal.js';
import { parseTargetPath, type Target } from './target.js';

export interface PlayersParts {
  readonly access: LinkAccess;
  readonly files: LinkedFiles;
  /** Whether a player with this User-Agent gets the bytes from here, wherever a link would lead it. */
  readonly isStreamed: (userAgent: string) => boolean;
}

/** A longer User-Agent is sent to no cloud. */
const LONGEST_USER_AGENT = 512;

/** The requests of players: each is sent on to the cloud, or gets the bytes from here. */
export class Players {
  readonly #env: Env;
  readonly #parts: PlayersParts;
  readonly #open = new OpenRequests();

  constructor(env: Env, parts: PlayersParts) {
    this.#env = env;
    this.#parts = parts;
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    this.#open.answer(response, 'the player has gone', (signal) => this.#answer(request, response, signal));
  }

  /** Aborts all and waits until each has been answered. */
  async end(): Promise<void> {
    await this.#open.end();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    response.on('error', (error) => this.#env.log.debug('a player was not answered', { error }));
    try {
      await this.#serve(request, response, { signal, urgency: 'reader' });
    } catch (thrown) {
      // A connection that breaks makes whatever used it fail: the cause is that the player has gone.
      const error = toFsError(signal.aborted ? signal.reason : thrown);
      if (error.expected) this.#env.log.debug('a player got no file', { error });
      else this.#env.log.warn('a player got no file', { error });
      refuseError(response, error);
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse, call: Call): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(response, 405, 'GET and HEAD only', { allow: 'GET, HEAD' });
      return;
    }
    const { target, query } = parseTarget(request);
    if (!this.#parts.access.allows(target, credentialsOf(request, query))) {
      refuse(response, 403, 'not allowed');
      return;
    }
    if (target === null) {
      refuse(response, 404, 'there is no such file');
      return;
    }
    const file = await this.#parts.files.find(target, call);
    const link = isForStreaming(request, query) ? null : await this.#link(request, file, call);
    if (link === null) await sendFile(request, response, file, call);
    else redirect(response, link);
  }

  /** Where the player is sent; null where it gets the bytes from here. */
  async #link(
    { headers, socket }: IncomingMessage,
    file: LinkedFile,
    call: Call,
  ): Promise<HandedLink | null> {
    const userAgent = headers['user-agent'] ?? '';
    if (userAgent === '' || userAgent.length > LONGEST_USER_AGENT) return null;
    if (this.#parts.isStreamed(userAgent)) return null;
    const link = await file.handOut({ userAgent, address: socket.remoteAddress ?? '' }, call);
    return link !== null && canFollow(link, userAgent) ? link : null;
  }
}

/** Somebody who only asks what there is costs the cloud no call. */
function isForStreaming({ method }: IncomingMessage, query: URLSearchParams): boolean {
  return method === 'HEAD' || query.get('proxy') === '1';
}

/** A redirect carries no headers: all that the link needs must be what the player sends of itself. */
function canFollow({ headers }: HandedLink, userAgent: string): boolean {
  return Object.entries(headers).every(
    ([name, value]) => name.toLowerCase() === 'user-agent' && value === userAgent,
  );
}

function redirect(response: ServerResponse, { url }: HandedLink): void {
  // What must not stand in a header is written as a web address has it; the rest stays as it was signed.
  const location = /^[\x21-\x7e]+$/.test(url) ? url : new URL(url).href;
  response.writeHead(302, { location, 'cache-control': 'no-store', 'content-length': 0 });
  response.end();
}

function parseTarget({ url = '' }: IncomingMessage): {
  readonly target: Target | null;
  readonly query: URLSearchParams;
} {
  const [path = '', ...rest] = url.split('?');
  return { target: parseTargetPath(path), query: new URLSearchParams(rest.join('?')) };
}

/** The token stands in the address, or where a program puts a password. */
function credentialsOf({ headers }: IncomingMessage, query: URLSearchParams): Credentials {
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)$/.exec(headers.authorization ?? '') ?? [];
  return { token: query.get('token') ?? passwordOf(scheme.toLowerCase(), value), sign: query.get('sign') };
}

function passwordOf(scheme: string, value: string): string | null {
  if (scheme === 'bearer') return value;
  if (scheme !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}
