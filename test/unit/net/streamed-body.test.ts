import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FsError } from '../../../src/lib/errors.js';
import { createTransport, type Transport, type TransportRequest } from '../../../src/net/transport.js';
import { fakeEnv } from '../../fakes/fake-env.js';
import { Loopback } from './loopback.js';

const CHUNK = new Uint8Array(256 * 1024);

/** More than the buffers of two sockets hold. */
const ENDLESS = 4096;

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    assert.ok(turn < 100_000, 'never happened');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('body that is read while it is sent', () => {
  const env = fakeEnv();
  let transport: Transport;
  let asked = 0;
  let ended = 0;

  beforeEach(() => {
    transport = createTransport(env, { stall: 5000, timeout: 3000 });
    asked = 0;
    ended = 0;
  });
  afterEach(() => transport.close());

  /** Gives chunks and counts them; `meanwhile` runs before each. */
  async function* chunks(
    count: number,
    meanwhile?: (index: number) => Promise<void>,
  ): AsyncGenerator<Uint8Array> {
    try {
      for (let index = 0; index < count; index += 1) {
        await meanwhile?.(index);
        asked += 1;
        yield CHUNK;
      }
    } finally {
      ended += 1;
    }
  }

  function put(url: string, body: AsyncIterable<Uint8Array>, length: number): TransportRequest {
    const headers = { 'Content-Length': String(length) };
    return { method: 'PUT', url, headers, body, signal: new AbortController().signal };
  }

  /** A server that never reads what it is sent, unless its answer says otherwise. */
  async function deafServer(answer: (respond: () => void) => void): Promise<Server & { url: string }> {
    const server = createServer((request, response) => {
      request.pause();
      answer(() => response.writeHead(403).end('no'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
  }

  it('arrives whole, with its length', async () => {
    const server = await Loopback.start((_request, response) => response.end('stored'));
    const response = await transport.request(put(server.url(), chunks(3), 3 * CHUNK.length));
    assert.equal(await response.text(), 'stored');
    const seen = server.seen[0] ?? assert.fail('not asked');
    assert.equal(seen.headers['content-length'], String(3 * CHUNK.length));
    assert.equal(seen.headers['transfer-encoding'], undefined);
    assert.equal(seen.body.length, 3 * CHUNK.length);
    assert.equal(ended, 1);
    await server.stop();
  });

  it('ends the request with what its source rejects with', async () => {
    const server = await Loopback.start((_request, response) => response.end());
    const reason = new FsError('EIO', 'the disk is broken');
    const body = chunks(3, (index) => (index === 2 ? Promise.reject(reason) : Promise.resolve()));
    await assert.rejects(transport.request(put(server.url(), body, 3 * CHUNK.length)), reason);
    await server.allClosed();
    await server.stop();
  });

  it('is no silence while its source takes its time', async () => {
    const server = await Loopback.start((_request, response) => response.end('stored'));
    const body = chunks(2, () => env.clock.advance(60_000));
    const response = await transport.request(put(server.url(), body, 2 * CHUNK.length));
    assert.equal(await response.text(), 'stored');
    await server.stop();
  });

  it('stalls when the host takes nothing for as long as it may', async () => {
    let connected = false;
    const server = await deafServer(() => (connected = true));
    const request = transport.request(put(server.url, chunks(ENDLESS), ENDLESS * CHUNK.length));
    const rejected = assert.rejects(request, (error) => {
      assert.ok(error instanceof FsError);
      assert.deepEqual([error.errno, error.reason], ['ETIMEDOUT', 'network']);
      assert.match(error.message, /has taken nothing for 5 s/);
      return true;
    });
    await until(() => connected);
    let before = -1;
    while (before !== asked) {
      before = asked;
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    await env.clock.advance(10_000);
    await rejected;
    assert.ok(asked < ENDLESS);
    await until(() => ended === 1);
    server.closeAllConnections();
    server.close();
  });

  it('is asked for nothing more after an early answer, whose connection is given up', async () => {
    const server = await deafServer((respond) => respond());
    let closed = false;
    server.on('connection', (socket) =>
      socket.on('error', () => undefined).on('close', () => (closed = true)),
    );
    const response = await transport.request(put(server.url, chunks(ENDLESS), ENDLESS * CHUNK.length));
    assert.equal(response.status, 403);
    assert.equal(await response.text(), 'no');
    await until(() => closed && ended === 1);
    assert.ok(asked < ENDLESS);
    server.close();
  });

  it('ends with the reason of an abort, and its source with it', async () => {
    const server = await deafServer(() => undefined);
    const abort = new AbortController();
    const reason = new Error('nobody waits');
    const request = { ...put(server.url, chunks(ENDLESS), ENDLESS * CHUNK.length), signal: abort.signal };
    const rejected = assert.rejects(transport.request(request), reason);
    await until(() => asked > 0);
    abort.abort(reason);
    await rejected;
    await until(() => ended === 1);
    server.closeAllConnections();
    server.close();
  });
});
