import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { refusalOf, textReply } from './reply.js';

export interface TextServerOptions {
  /** What stands before the address in the log and in errors, such as the key of the configuration. */
  readonly name: string;
  readonly host: string;
  /** 0 takes any free one; the log says which. */
  readonly port: number;
  /** The only path that there is. */
  readonly path: string;
  /** The media type. */
  readonly type: string;
  readonly text: () => Promise<string>;
}

export interface TextServer {
  readonly port: number;
  /** Ends all connections. Safe to call twice. */
  close(): Promise<void>;
}

/** Milliseconds for a request to arrive. */
const PATIENCE = 10_000;
const MOST_CONNECTIONS = 64;

/** Serves one text by TCP to whoever asks with GET. Rejects with FsError when the address cannot be listened at. */
export async function startTextServer(env: Env, options: TextServerOptions): Promise<TextServer> {
  const { name, host, port, path } = options;
  const limits = {
    headersTimeout: PATIENCE,
    requestTimeout: PATIENCE,
    connectionsCheckingInterval: PATIENCE / 2,
  };
  const server = createServer(limits, (request, response) => void serve(env, options, request, response));
  server.maxConnections = MOST_CONNECTIONS;
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw startError(`${name}: ${host}:${port}`, error as NodeJS.ErrnoException);
  }
  server.on('error', (error) => env.log.error(`${name} failed`, { error }));
  const bound = (server.address() as AddressInfo).port;
  env.log.info('listening', { what: name, host, port: bound, path });
  return { port: bound, close: () => stop(server) };
}

async function serve(
  env: Env,
  { path, type, text }: TextServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = textReply(response, type);
  request.resume();
  if (request.method !== 'GET' || request.url !== path) {
    const missing = new FsError('ENOENT', `there is only GET ${path}`, { expected: true });
    reply.refuse(refusalOf(missing));
    return;
  }
  try {
    reply.result(await text());
  } catch (error) {
    env.log.error('a text could not be made', { path, error });
    reply.refuse(refusalOf(new FsError('EIO', 'the daemon could not make it: its log says why')));
  }
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

function startError(what: string, error: NodeJS.ErrnoException): FsError {
  if (error.code === 'EADDRINUSE') {
    return new FsError('EBUSY', `${what} is taken by another program`, { cause: error, reason: 'refused' });
  }
  return new FsError('EACCES', `${what} cannot be listened at: ${error.message}`, {
    cause: error,
    reason: 'refused',
  });
}
