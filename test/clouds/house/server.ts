import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { answerControl, CONTROL_PREFIX, houseRoutes, type ControlRoute } from './control.js';
import { Exchange } from './exchange.js';
import type { RequestLog } from './request-log.js';
import type { CloudService, EmulatedCloud, House } from './service.js';

export interface ServerOptions {
  readonly address: string;
  /** 0 = any free one. */
  readonly port: number;
  /** PEM; without it the cloud speaks plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
}

/** Where a started cloud listens. */
export interface Listening {
  readonly url: string;
  /** The control path on a listener of its own, which no fault reaches; it also answers on the first one. */
  readonly control: string;
}

/** One port for all hosts of a cloud, told apart by the Host header, else by the path. */
export class CloudServer {
  readonly #house: House;
  readonly #cloud: EmulatedCloud;
  readonly #log: RequestLog;
  readonly #routes: readonly ControlRoute[];
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(house: House, cloud: EmulatedCloud, log: RequestLog) {
    this.#house = house;
    this.#cloud = cloud;
    this.#log = log;
    this.#routes = [
      ...houseRoutes(house, log, cloud, () => this.#sockets.forEach((socket) => socket.destroy())),
      ...cloud.routes,
    ];
  }

  async listen(options: ServerOptions): Promise<Listening> {
    const service: RequestListener = (request, response) => this.#serve(request, response);
    const server = options.tls === null ? createServer(service) : createTlsServer(options.tls, service);
    server.keepAliveTimeout = 75_000;
    server.on('connection', (socket: Socket) => this.#accept(socket));
    const control = createServer((request, response) => this.#control(request, response));
    const [port, controlPort] = await Promise.all([
      listening(server, options.port, options.address),
      listening(control, 0, '127.0.0.1'),
    ]);
    this.#servers.push(server, control);
    const host = options.address.includes(':') ? `[${options.address}]` : options.address;
    return {
      url: `${options.tls === null ? 'http' : 'https'}://${host}:${port}`,
      control: `http://127.0.0.1:${controlPort}${CONTROL_PREFIX}`,
    };
  }

  /** Ends every connection at once and resolves when the ports are free. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all(closed);
    await this.#log.close();
  }

  #accept(socket: Socket): void {
    if (this.#house.faults.fires('network-down', 'connection')) {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #control(request: IncomingMessage, response: ServerResponse): void {
    void this.#guard(new Exchange(request, response, this.#house.faults), (exchange) =>
      answerControl(exchange, this.#routes),
    );
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const exchange = new Exchange(request, response, this.#house.faults);
    response.setHeader('date', new Date(this.#house.clock.now()).toUTCString());
    if (exchange.path.startsWith(CONTROL_PREFIX)) {
      this.#control(request, response);
      return;
    }
    this.#record(exchange);
    const service = this.#serviceOf(exchange);
    if (service === undefined) {
      exchange.sendHtml(
        404,
        '<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>',
      );
      return;
    }
    exchange.notes.service = service.name;
    void this.#guard(exchange, (one) => service.answer(one));
  }

  #serviceOf(exchange: Exchange): CloudService | undefined {
    const { services } = this.#cloud;
    return (
      services.find((service) => service.hosts.includes(exchange.hostname)) ??
      services.find((service) => service.claims(exchange.path))
    );
  }

  /** A bug of the cloud must look like one: HTTP 500, and a line on stderr. */
  async #guard(exchange: Exchange, answer: (exchange: Exchange) => Promise<void>): Promise<void> {
    try {
      await answer(exchange);
    } catch (error) {
      if (exchange.response.destroyed) return;
      process.stderr.write(`${exchange.method} ${exchange.path}: ${String(error)}\n`);
      if (exchange.response.headersSent) exchange.reset();
      else exchange.send(500, 'the emulated cloud failed', { 'content-type': 'text/plain' });
    }
  }

  #record(exchange: Exchange): void {
    const time = new Date(this.#house.clock.now()).toISOString();
    const began = performance.now();
    exchange.response.once('close', () => {
      const { faults, ...notes } = exchange.notes;
      const { range } = exchange.request.headers;
      this.#log.add({
        time,
        host: exchange.host,
        method: exchange.method,
        path: exchange.request.url ?? '',
        status: exchange.response.headersSent ? exchange.response.statusCode : 0,
        took: Math.round(performance.now() - began),
        ...(range === undefined ? {} : { range }),
        ...(faults.length === 0 ? {} : { faults }),
        ...notes,
      });
    });
  }
}

function listening(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
