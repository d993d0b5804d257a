import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FsError } from '../../../src/lib/errors.js';
import { createTransport, type Transport } from '../../../src/net/transport.js';
import { fakeEnv } from '../../fakes/fake-env.js';
import { get, Loopback, textOf } from './loopback.js';

const PEM = fileURLToPath(new URL('tls/', import.meta.url));

/** Lets real sockets deliver what has been written, without waiting for a clock. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    assert.ok(turn < 100_000, 'never happened');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function isNetwork(errno: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof FsError);
    assert.equal(error.reason, 'network');
    assert.equal(error.errno, errno);
    return true;
  };
}

describe('transport', () => {
  const env = fakeEnv();
  let transport: Transport;
  let servers: Loopback[] = [];

  async function serve(...args: Parameters<typeof Loopback.start>): Promise<Loopback> {
    const server = await Loopback.start(...args);
    servers.push(server);
    return server;
  }

  beforeEach(() => {
    transport = createTransport(env);
  });

  afterEach(async () => {
    await transport.close();
    await Promise.all(servers.map((server) => server.stop()));
    servers = [];
  });

  it('sends method, headers and body and returns status, headers and text', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(201, { 'x-answer': 'yes', 'set-cookie': ['a=1; Expires=Wed, 1 Jan', 'b=2'] });
      response.end('文件');
    });
    const response = await transport.request({
      ...get(server.url('/path?q=1')),
      method: 'POST',
      headers: { 'User-Agent': 'tester' },
      body: new URLSearchParams({ a: '1 2' }),
    });
    assert.equal(response.status, 201);
    assert.equal(response.headers.get('X-Answer'), 'yes');
    assert.deepEqual(response.headers.getSetCookie(), ['a=1; Expires=Wed, 1 Jan', 'b=2']);
    assert.equal(await response.text(), '文件');
    const seen = server.seen[0] ?? assert.fail('not asked');
    assert.deepEqual([seen.method, seen.path, seen.body], ['POST', '/path?q=1', 'a=1+2']);
    assert.equal(seen.headers['user-agent'], 'tester');
    assert.match(seen.headers['content-type'] ?? '', /^application\/x-www-form-urlencoded/);
  });

  it('uses a connection again once a body is read or discarded', async () => {
    const server = await serve((_request, response) => response.end('short'));
    await textOf(transport, get(server.url()));
    await (await transport.request(get(server.url()))).discard();
    await textOf(transport, get(server.url()));
    assert.equal(server.seen.length, 3);
    assert.equal(server.sockets.length, 1);
  });

  it('asks for plain bytes unless compression is wanted', async () => {
    const server = await serve((_request, response) => response.end());
    await textOf(transport, get(server.url()));
    await textOf(transport, get(server.url(), { compress: true }));
    const encodings = server.seen.map((seen) => seen.headers['accept-encoding']);
    assert.equal(encodings[0], undefined);
    assert.match(encodings[1] ?? '', /gzip/);
  });

  it('cuts text at the limit and frees the connection', async () => {
    const server = await serve((_request, response) => {
      response.write('x'.repeat(300_000));
    });
    const response = await transport.request(get(server.url()));
    assert.equal(await response.text(10), 'xxxxxxxxxx');
    await server.allClosed();
  });

  it('rejects when the body is cut, with a length and in chunks', async () => {
    for (const headers of [{ 'content-length': '100' }, { 'transfer-encoding': 'chunked' }]) {
      const server = await serve((_request, response) => {
        response.writeHead(200, headers);
        response.write('part', () => response.socket?.destroy());
      });
      const response = await transport.request(get(server.url()));
      await assert.rejects(response.text(), isNetwork('EIO'));
      await response.discard();
    }
  });

  it('rejects when the body stalls, and closes the connection', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('part');
    });
    const response = await transport.request(get(server.url(), { stall: 5000 }));
    const chunks = response.body[Symbol.asyncIterator]();
    assert.equal(Buffer.from((await chunks.next()).value as Uint8Array).toString(), 'part');
    let stalled = false;
    const next = assert.rejects(chunks.next(), isNetwork('ETIMEDOUT')).then(() => (stalled = true));
    await env.clock.advance(4999);
    assert.equal(stalled, false);
    await env.clock.advance(1);
    await next;
    await server.allClosed();
    assert.equal(env.clock.waiting, 0);
  });

  it('does not call a body stalled while nobody reads it', async () => {
    const server = await serve((_request, response) => response.end('whole'));
    const response = await transport.request(get(server.url(), { stall: 5000 }));
    await env.clock.advance(60_000);
    assert.equal(await response.text(), 'whole');
  });

  it('rejects when no headers come in time, and closes the connection', async () => {
    const server = await serve(() => undefined);
    const request = transport.request(get(server.url(), { timeout: 3000 }));
    const rejected = assert.rejects(request, isNetwork('ETIMEDOUT'));
    await until(() => server.seen.length === 1);
    await env.clock.advance(3000);
    await rejected;
    await server.allClosed();
  });

  it('gives an upload more time while its bytes move', async () => {
    let received = 0;
    const server = await serve((_request, response) => response.end('stored'));
    const chunk = new Uint8Array(256 * 1024);
    let gone = 0;
    async function* slowly(): AsyncGenerator<Uint8Array> {
      for (; received < 3; received += 1) {
        yield chunk;
        gone += 1;
        await env.clock.advance(900);
      }
    }
    const body = Readable.from(slowly());
    const request = transport.request({ ...get(server.url()), method: 'PUT', body, timeout: 1000 });
    assert.equal(await (await request).text(), 'stored');
    assert.equal(gone, 3);
    assert.equal(server.seen[0]?.body.length, 3 * chunk.length);
  });

  it('rejects with the reason of an abort before the headers, and closes the connection', async () => {
    const server = await serve(() => undefined);
    const abort = new AbortController();
    const reason = new Error('nobody waits');
    const request = transport.request(get(server.url(), { signal: abort.signal }));
    const rejected = assert.rejects(request, reason);
    await until(() => server.seen.length === 1);
    abort.abort(reason);
    await rejected;
    await server.allClosed();
    await assert.rejects(transport.request(get(server.url(), { signal: abort.signal })), reason);
  });

  it('rejects with the reason of an abort in the body, and closes the connection', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('part');
    });
    const abort = new AbortController();
    const reason = new Error('nobody waits');
    const response = await transport.request(get(server.url(), { signal: abort.signal }));
    const text = response.text();
    await until(() => env.clock.waiting > 0);
    abort.abort(reason);
    await assert.rejects(text, reason);
    await server.allClosed();
  });

  it('leaves no listener on the signal behind', async () => {
    const server = await serve((_request, response) => response.end('x'));
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    let most = 0;
    signal.addEventListener = (...args: Parameters<typeof add>): void => {
      listeners += 1;
      most = Math.max(most, listeners);
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
      listeners -= 1;
      remove(...args);
    };
    for (let count = 0; count < 5; count += 1) await textOf(transport, get(server.url(), { signal }));
    await until(() => listeners === 0);
    assert.ok(most > 0);
  });

  it('discards a long body by closing the connection, before discard resolves', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': String(1 << 30) });
      response.write(Buffer.alloc(1 << 20));
    });
    const response = await transport.request(get(server.url()));
    const chunks = response.body[Symbol.asyncIterator]();
    await chunks.next();
    await Promise.all([response.discard(), response.discard()]);
    await server.allClosed();
    await assert.rejects(async () => {
      while ((await chunks.next()).done !== true);
    }, FsError);
  });

  it('discards a short answer that never ends after a second', async () => {
    const server = await serve((_request, response) => {
      response.write('the rest never comes');
    });
    const response = await transport.request(get(server.url()));
    const discarded = response.discard();
    await until(() => env.clock.waiting > 0);
    await env.clock.advance(1000);
    await discarded;
    await server.allClosed();
  });

  it('rejects in words when nobody listens or the name is unknown', async () => {
    const server = await Loopback.start(() => undefined);
    const url = server.url();
    await server.stop();
    await assert.rejects(transport.request(get(url)), (error) => {
      assert.match((error as Error).message, /^127\.0\.0\.1:\d+ refuses connections$/);
      return isNetwork('EIO')(error);
    });
    await assert.rejects(transport.request(get('http://no-such-host.invalid/?token=secret')), (error) => {
      assert.match((error as Error).message, /^no-such-host\.invalid has no address/);
      assert.doesNotMatch(JSON.stringify([error, String((error as Error).cause)]), /secret/);
      return isNetwork('EIO')(error);
    });
  });

  it('keeps secrets of the address out of its errors', async () => {
    const server = await serve((_request, response) => response.socket?.destroy());
    await assert.rejects(transport.request(get(server.url('/?token=secret'))), (error) => {
      assert.doesNotMatch(`${(error as Error).message} ${String((error as Error).cause)}`, /secret/);
      return isNetwork('EIO')(error);
    });
  });

  it('ends what is under way when it closes', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/body') response.write('part');
    });
    const silent = transport.request(get(server.url('/silent')));
    const reading = (await transport.request(get(server.url('/body')))).text();
    const both = [assert.rejects(silent, isNetwork('EIO')), assert.rejects(reading, isNetwork('EIO'))];
    await until(() => server.seen.length === 2);
    await transport.close();
    await Promise.all(both);
    await server.allClosed();
    await assert.rejects(transport.request(get(server.url())), isNetwork('EIO'));
  });

  describe('redirects', () => {
    const SECRETS = { Authorization: 'Bearer t', Cookie: 'UID=1', 'X-Token': 't' };
    const HARMLESS = { 'User-Agent': 'tester', Range: 'bytes=0-1' };

    async function redirecting(status: number, to: () => string): Promise<Loopback> {
      return await serve((request, response) => {
        if (request.url === '/end') response.end('end');
        else response.writeHead(status, { location: to() }).end();
      });
    }

    it('keep every header on the same host', async () => {
      const server = await redirecting(302, () => '/end');
      const response = await transport.request(get(server.url(), { headers: { ...SECRETS, ...HARMLESS } }));
      assert.equal(response.url, server.url('/end'));
      assert.equal(await response.text(), 'end');
      assert.equal(server.seen[1]?.headers.cookie, 'UID=1');
      assert.equal(server.sockets.length, 1);
    });

    it('keep only harmless headers when host, port or scheme change', async () => {
      const other = await serve((_request, response) => response.end('other'));
      const server = await redirecting(302, () => other.url('/end'));
      await textOf(transport, get(server.url(), { headers: { ...SECRETS, ...HARMLESS } }));
      const { headers } = other.seen[0] ?? assert.fail('not asked');
      assert.equal(headers['user-agent'], 'tester');
      assert.equal(headers.range, 'bytes=0-1');
      assert.deepEqual(
        [headers.authorization, headers.cookie, headers['x-token']],
        [undefined, undefined, undefined],
      );
    });

    it('turn a POST into a GET after 303, and keep it after 307 on the same host', async () => {
      for (const [status, method, body] of [
        [303, 'GET', ''],
        [302, 'GET', ''],
        [307, 'POST', 'a=1'],
      ] as const) {
        const server = await redirecting(status, () => '/end');
        await textOf(transport, {
          ...get(server.url()),
          method: 'POST',
          body: new URLSearchParams({ a: '1' }),
        });
        assert.deepEqual([server.seen[1]?.method, server.seen[1]?.body], [method, body]);
      }
    });

    it('never carry a body to another host', async () => {
      const other = await serve((_request, response) => response.end());
      const server = await redirecting(307, () => other.url());
      const request = { ...get(server.url()), method: 'POST', body: 'refresh_token=t' } as const;
      await assert.rejects(transport.request(request), { name: 'FsError', reason: 'reply' });
      assert.equal(other.seen.length, 0);
    });

    it('end after five', async () => {
      const server = await redirecting(302, () => '/again');
      await assert.rejects(transport.request(get(server.url())), { name: 'FsError', reason: 'reply' });
      assert.equal(server.seen.length, 6);
    });

    it('are refused when they lead to no web address', async () => {
      for (const location of ['file:///etc/passwd', 'http://']) {
        const server = await redirecting(302, () => location);
        await assert.rejects(transport.request(get(server.url())), { name: 'FsError', reason: 'reply' });
      }
    });

    it('are returned as they are when asked for', async () => {
      const server = await redirecting(302, () => '/end');
      const response = await transport.request(get(server.url(), { redirect: 'manual' }));
      assert.equal(response.status, 302);
      assert.equal(response.headers.get('location'), '/end');
      await response.discard();
    });
  });

  describe('TLS', () => {
    const tls = {
      cert: readFileSync(`${PEM}server.pem`, 'utf8'),
      key: readFileSync(`${PEM}server.key`, 'utf8'),
    };
    const resolve = { 'cloud.test': '127.0.0.1' };

    it('trusts an added authority', async () => {
      const server = await serve((_request, response) => response.end('private'), tls);
      const trusting = createTransport(env, { authorities: [`${PEM}authority.pem`], resolve });
      assert.equal(await textOf(trusting, get(server.url('/', 'cloud.test'))), 'private');
      await textOf(trusting, get(server.url('/', 'cloud.test')));
      assert.equal(server.sockets.length, 1);
      await trusting.close();
    });

    it('refuses an unknown authority and another name, in words', async () => {
      const server = await serve((_request, response) => response.end('private'), tls);
      const doubting = createTransport(env, { resolve });
      await assert.rejects(
        doubting.request(get(server.url('/', 'cloud.test'))),
        /certificate that is not trusted/,
      );
      await doubting.close();
      const trusting = createTransport(env, { authorities: [`${PEM}authority.pem`] });
      await assert.rejects(
        trusting.request(get(server.url('/', 'localhost'))),
        /certificate that is not trusted/,
      );
      await trusting.close();
      assert.equal(server.seen.length, 0);
    });

    it('says which file of authorities is of no use', () => {
      const missing = `${PEM}missing.pem`;
      assert.throws(() => createTransport(env, { authorities: [missing] }), {
        errno: 'EINVAL',
        message: /missing\.pem/,
      });
      const key = `${PEM}server.key`;
      assert.throws(() => createTransport(env, { authorities: [key] }), {
        errno: 'EINVAL',
        message: /server\.key/,
      });
    });

    it('closes connections really before an aborted request rejects', async () => {
      const server = await serve(() => undefined, tls);
      const trusting = createTransport(env, { authorities: [`${PEM}authority.pem`], resolve });
      const abort = new AbortController();
      const request = trusting.request(get(server.url('/', 'cloud.test'), { signal: abort.signal }));
      const rejected = assert.rejects(request, { name: 'AbortError' });
      await until(() => server.seen.length === 1);
      abort.abort();
      await rejected;
      await server.allClosed();
      await trusting.close();
    });
  });
});
