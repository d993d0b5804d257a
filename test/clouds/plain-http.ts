import { request as plainRequest, type IncomingHttpHeaders } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

/** A request as simple as can be, so that the cloud's self-test depends on nothing it tests. */
export interface PlainRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** PEM to trust; the connection goes to 127.0.0.1 whatever the name in the address. */
  readonly ca?: string;
  /** Leaves after this many bytes of the body. */
  readonly leaveAfter?: number;
}

export interface PlainResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Milliseconds from the request to the first byte of the body, and to the end. */
  readonly firstByte: number;
  readonly took: number;
  json(): Record<string, unknown>;
}

/** Sends one request on a connection of its own. Rejects when the connection breaks before the body ends. */
export function send(url: string, options: PlainRequest = {}): Promise<PlainResponse> {
  const { form, ca } = options;
  const body = form === undefined ? options.body : new URLSearchParams(form).toString();
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = (ca === undefined ? plainRequest : tlsRequest)(url, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      agent: false,
      headers: {
        'user-agent': 'self-test',
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...options.headers,
      },
      ...(ca === undefined ? {} : { ca, lookup: toLoopback }),
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      let length = 0;
      let firstByte = NaN;
      const finish = (): void => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: whole,
          firstByte,
          took: performance.now() - began,
          json: () => JSON.parse(whole.toString('utf8')) as Record<string, unknown>,
        });
      };
      incoming.once('error', reject);
      incoming.once('end', finish);
      incoming.on('data', (chunk: Buffer) => {
        if (length === 0) firstByte = performance.now() - began;
        length += chunk.length;
        chunks.push(chunk);
        if (length < (options.leaveAfter ?? Infinity)) return;
        finish();
        outgoing.destroy();
      });
    });
    outgoing.end(body);
  });
}

/** A connection that has got its first byte and is kept open without reading on. */
export interface HeldConnection {
  readonly status: number;
  /** Closes it from the client's side. */
  close(): void;
}

/** Opens a request, waits for the headers and stops reading. */
export function hold(url: string, headers: Readonly<Record<string, string>> = {}): Promise<HeldConnection> {
  return new Promise((resolve, reject) => {
    const outgoing = plainRequest(url, { agent: false, headers: { 'user-agent': 'self-test', ...headers } });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      incoming.on('error', () => incoming.destroy());
      outgoing.on('error', () => outgoing.destroy());
      resolve({ status: incoming.statusCode ?? 0, close: () => outgoing.destroy() });
    });
    outgoing.end();
  });
}

const toLoopback: LookupFunction = (_host, options, done) => {
  if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
};
