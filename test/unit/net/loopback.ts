import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Transport, TransportRequest } from '../../../src/net/transport.js';

/** A request as a server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real HTTP server on a free port of loopback that notes what it is asked. */
export class Loopback {
  readonly seen: Seen[] = [];
  /** Every connection that was ever made. */
  readonly sockets: Socket[] = [];
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';

  private constructor(server: Server, scheme: 'http' | 'https') {
    this.#server = server;
    this.#scheme = scheme;
  }

  static async start(answer: RequestListener, tls?: { cert: string; key: string }): Promise<Loopback> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const loopback = new Loopback(server, tls === undefined ? 'http' : 'https');
    server.on('connection', (socket: Socket) => loopback.sockets.push(socket));
    server.on('request', (request: IncomingMessage, response) => {
      void loopback.#note(request).then(() => answer(request, response));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return loopback;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path = '/', host = '127.0.0.1'): string {
    return `${this.#scheme}://${host}:${this.port}${path}`;
  }

  /** Resolves when the client has closed every connection. */
  async allClosed(): Promise<void> {
    await Promise.all(
      this.sockets.map(async (socket) => {
        // A reset is a way of closing too, so errors do not count.
        if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
      }),
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #note(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.seen.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
  }
}

/** A GET that nobody aborts, unless told otherwise. */
export function get(url: string, more: Partial<TransportRequest> = {}): TransportRequest {
  return { method: 'GET', url, signal: new AbortController().signal, ...more };
}

/** Sends and reads the whole text. */
export async function textOf(transport: Transport, request: TransportRequest): Promise<string> {
  return await (await transport.request(request)).text();
}
