import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { unlink } from 'node:fs/promises';
import { once } from 'node:events';
import type { Command } from '../lib/command.js';
import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import { OpenRequests } from '../lib/open-requests.js';
import type { InheritedSocket } from './inherited-socket.js';
import { eventReply, jsonReply, lineReply, refusalOf, type Reply, textReply } from './reply.js';
import { findCommand, readInput } from './request.js';
import { claimSocketPath, protectSocket } from './socket-file.js';

export interface ControlServerOptions {
  /** Where the socket is made; its directory is made with it (0700). */
  readonly path: string;
  /** A socket that is open already, made, protected and removed by somebody else: then nothing is done at `path`. */
  readonly inherited?: InheritedSocket | null;
  readonly commands: readonly Command[];
  /** A group (name or number) whose members may use the socket too; otherwise its owner alone. */
  readonly group?: string | null;
  /** Milliseconds for the headers and for all of a request to arrive, and that an idle connection is kept. */
  readonly timeouts?: { readonly headers: number; readonly request: number; readonly idle: number };
}

export interface ControlServer {
  /** Aborts what runs, waits for it, and removes the socket. Safe to call twice. */
  close(): Promise<void>;
}

/** Clients at once; further ones are cut off. Each holds a descriptor, and reading needs some too. */
const MOST_CONNECTIONS = 10_000;
/** Clients that may wait until they are let in; the kernel may allow fewer. */
const BACKLOG = 4096;

const TIMEOUTS = { headers: 10_000, request: 30_000, idle: 5000 };

/**
 * Serves commands as HTTP and JSON on a unix socket (see API.md).
 * Rejects with FsError: EBUSY when another daemon answers there, EEXIST when something else is in the way,
 * EACCES when the socket cannot be made, EINVAL for an unknown group.
 */
export async function startControlServer(env: Env, options: ControlServerOptions): Promise<ControlServer> {
  const sessions = new Sessions(env, options.commands);
  const { headers, request, idle } = options.timeouts ?? TIMEOUTS;
  const server = createServer(
    {
      headersTimeout: headers,
      requestTimeout: request,
      keepAliveTimeout: idle,
      connectionsCheckingInterval: Math.min(headers, 5000),
    },
    (incoming, response) => sessions.serve(incoming, response),
  );
  server.maxConnections = MOST_CONNECTIONS;
  const inherited = options.inherited ?? null;
  try {
    if (inherited === null) await listenAt(server, options);
    else await listen(server, { fd: inherited.descriptor });
  } catch (error) {
    server.close();
    throw describeStartError(options.path, error);
  }
  server.on('error', (error) => env.log.error('the control socket failed', { path: options.path, error }));
  return { close: () => stop(server, sessions, inherited === null ? options.path : null) };
}

async function listenAt(server: Server, { path, group }: ControlServerOptions): Promise<void> {
  await claimSocketPath(path);
  // The socket is made in this very call: from its first moment on nobody else may use it.
  const before = process.umask(0o077);
  const listening = listen(server, { path });
  process.umask(before);
  await listening;
  await protectSocket(path, group ?? null);
}

/** At a path, or at a descriptor that listens already. */
type Place = { readonly path: string } | { readonly fd: number };

async function listen(server: Server, place: Place): Promise<void> {
  server.listen({ ...place, backlog: BACKLOG });
  await once(server, 'listening');
}

/** `path` is null where the socket is somebody else's to remove. */
async function stop(server: Server, sessions: Sessions, path: string | null): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  await sessions.end();
  server.closeAllConnections();
  await closed;
  if (path === null) return;
  // Node removes the socket with the server; a file that is gone already is what we want.
  await unlink(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

function describeStartError(path: string, error: unknown): FsError {
  if (error instanceof FsError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new FsError('EACCES', `the control socket ${path} cannot be made: ${why}`, {
    cause: error,
    reason: 'refused',
  });
}

/** The requests that are being served. */
class Sessions {
  readonly #env: Env;
  readonly #commands: readonly Command[];
  readonly #open = new OpenRequests();

  constructor(env: Env, commands: readonly Command[]) {
    this.#env = env;
    this.#commands = commands;
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    this.#open.answer(response, 'the client has gone', (signal) => this.#answer(request, response, signal));
  }

  /** Aborts all and waits until each has been answered. */
  async end(): Promise<void> {
    await this.#open.end();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const command = findCommand(request, this.#commands);
    const reply = this.#replyOf(request, response, command.ok ? command.value : null);
    if (!command.ok) {
      reply.refuse(command.refusal);
      return;
    }
    try {
      await this.#run(command.value, request, reply, signal);
    } catch (thrown) {
      // A connection that breaks makes whatever used it fail: the cause is that the client has gone.
      const error = toFsError(signal.aborted ? signal.reason : thrown);
      this.#log(request, error);
      reply.refuse(refusalOf(error));
    }
  }

  #replyOf(request: IncomingMessage, response: ServerResponse, command: Command | null): Reply {
    const answer = command?.answer ?? 'document';
    if (answer === 'events') {
      return eventReply(response, () => this.#env.log.warn('a listener read too slowly and was cut off'));
    }
    if (answer !== 'document') return textReply(response, answer.text);
    const accepts = request.headers.accept ?? '';
    return accepts.includes('application/x-ndjson') ? lineReply(response) : jsonReply(response);
  }

  async #run(command: Command, request: IncomingMessage, reply: Reply, signal: AbortSignal): Promise<void> {
    const input = await readInput(request, command);
    if (!input.ok) {
      reply.refuse(input.refusal);
      return;
    }
    signal.throwIfAborted();
    const context = { signal, progress: (event: unknown) => reply.progress(event) };
    reply.result(await command.run(input.value, context));
  }

  #log(request: IncomingMessage, error: FsError): void {
    const fields = { method: request.method, path: request.url, errno: error.errno, error };
    if (error.expected) this.#env.log.debug('a control command failed', fields);
    else this.#env.log.warn('a control command failed', fields);
  }
}
