import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { unlink } from 'node:fs/promises';
import { once } from 'node:events';
import type { Command } from '../lib/command.js';
import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import { jsonReply, lineReply, refusalOf, type Reply } from './reply.js';
import { findCommand, readInput } from './request.js';
import { claimSocketPath, protectSocket } from './socket-file.js';

export interface ControlServerOptions {
  /** Where the socket is made; its directory is made with it (0700). */
  readonly path: string;
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
  try {
    await claimSocketPath(options.path);
    await listen(server, options.path);
    await protectSocket(options.path, options.group ?? null);
  } catch (error) {
    server.close();
    throw describeStartError(options.path, error);
  }
  server.on('error', (error) => env.log.error('the control socket failed', { path: options.path, error }));
  return { close: () => stop(server, sessions, options.path) };
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, 'listening');
}

async function stop(server: Server, sessions: Sessions, path: string): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  await sessions.end();
  server.closeAllConnections();
  await closed;
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
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(env: Env, commands: readonly Command[]) {
    this.#env = env;
    this.#commands = commands;
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    const session = this.#answer(request, response).finally(() => this.#running.delete(session));
    this.#running.add(session);
  }

  /** Aborts all and waits until each has been answered. */
  async end(): Promise<void> {
    this.#stopping.abort(new FsError('EINTR', 'the daemon is stopping', { expected: true }));
    await Promise.all(this.#running);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished)
        gone.abort(new FsError('EINTR', 'the client has gone', { expected: true }));
    });
    const accepts = request.headers.accept ?? '';
    const reply = accepts.includes('application/x-ndjson') ? lineReply(response) : jsonReply(response);
    try {
      await this.#run(request, reply, AbortSignal.any([gone.signal, this.#stopping.signal]));
    } catch (thrown) {
      // A connection that breaks makes whatever used it fail: the cause is that the client has gone.
      const error = toFsError(gone.signal.aborted ? gone.signal.reason : thrown);
      this.#log(request, error);
      reply.refuse(refusalOf(error));
    }
  }

  async #run(request: IncomingMessage, reply: Reply, signal: AbortSignal): Promise<void> {
    const command = findCommand(request, this.#commands);
    if (!command.ok) {
      reply.refuse(command.refusal);
      return;
    }
    const input = await readInput(request, command.value);
    if (!input.ok) {
      reply.refuse(input.refusal);
      return;
    }
    signal.throwIfAborted();
    const context = { signal, progress: (event: unknown) => reply.progress(event) };
    reply.result(await command.value.run(input.value, context));
  }

  #log(request: IncomingMessage, error: FsError): void {
    const fields = { method: request.method, path: request.url, errno: error.errno, error };
    if (error.expected) this.#env.log.debug('a control command failed', fields);
    else this.#env.log.warn('a control command failed', fields);
  }
}
