import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { ListenAddress } from '../lib/listen-address.js';
import { Players, type PlayersParts } from './players.js';

export interface LinkServerOptions extends PlayersParts {
  readonly address: ListenAddress;
  /**
   * Milliseconds for the headers of a request, that an idle connection is kept, and in which a player that is sent bytes
   * must take some.
   */
  readonly timeouts?: { readonly headers: number; readonly idle: number; readonly stuck: number };
}

export interface LinkServer {
  /** Where it listens: the port is known now if any was asked for. */
  readonly address: ListenAddress;
  /** Ends every answer and connection. Safe to call twice. */
  close(): Promise<void>;
}

const TIMEOUTS = { headers: 10_000, idle: 5000, stuck: 300_000 };
/** One more is refused: nobody plays so many films at once. */
const CONNECTIONS = 512;

/**
 * Serves `/d/DRIVE/PATH` to players that know the token: 302 to a link of the cloud that is bound to the player's own
 * User-Agent, or the bytes themselves. Rejects with FsError: EBUSY when the port is taken, EACCES when it cannot be had.
 */
export async function startLinkServer(env: Env, options: LinkServerOptions): Promise<LinkServer> {
  const players = new Players(env, options);
  const { headers, idle, stuck } = options.timeouts ?? TIMEOUTS;
  const server = createServer(
    {
      headersTimeout: headers,
      requestTimeout: headers,
      keepAliveTimeout: idle,
      connectionsCheckingInterval: Math.min(headers, 5000),
    },
    (request, response) => players.serve(request, response),
  );
  server.timeout = stuck;
  server.maxConnections = CONNECTIONS;
  const { host } = options.address;
  const port = await listen(server, options.address);
  server.on('error', (error) => env.log.error('the listener for players failed', { error }));
  return { address: { host, port }, close: () => stop(server, players) };
}

async function listen(server: Server, { host, port }: ListenAddress): Promise<number> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw describeStartError(`${host}:${port}`, error as NodeJS.ErrnoException);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function stop(server: Server, players: Players): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  await players.end();
  server.closeAllConnections();
  await closed;
}

function describeStartError(address: string, error: NodeJS.ErrnoException): FsError {
  const errno = error.code === 'EADDRINUSE' ? 'EBUSY' : 'EACCES';
  const why = errno === 'EBUSY' ? 'another program listens there' : error.message;
  return new FsError(errno, `links.listen: nothing can be served at ${address}: ${why}`, {
    cause: error,
    reason: 'refused',
  });
}
