import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { FsError } from '../../../src/lib/errors.js';
import { openRange, type RangedAnswer, type RangedRequest } from '../../../src/net/ranged-request.js';
import { createTransport, type Transport } from '../../../src/net/transport.js';
import { fakeEnv } from '../../fakes/fake-env.js';
import { Loopback } from './loopback.js';

const CONTENT = Buffer.from('0123456789abcdefghij');

type Answer = (response: ServerResponse) => void;

describe('ranged request', () => {
  const env = fakeEnv();
  let transport: Transport;
  let answer: Answer;
  let server: Loopback;

  beforeEach(async () => {
    transport = createTransport(env);
    server = await Loopback.start((_request, response) => answer(response));
  });

  afterEach(async () => {
    await transport.close();
    await server.stop();
  });

  function ask(more: Partial<RangedRequest> = {}): Promise<RangedAnswer> {
    return openRange(env, transport, {
      url: server.url('/film'),
      headers: { 'User-Agent': 'bound' },
      range: { start: 4, end: 10 },
      size: CONTENT.length,
      signal: new AbortController().signal,
      stall: 5000,
      ...more,
    });
  }

  async function bytesOf(ranged: RangedAnswer): Promise<string> {
    if (ranged.kind !== 'open') assert.fail(ranged.kind);
    const chunks: Uint8Array[] = [];
    for await (const chunk of ranged.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  function partial(headers: Record<string, string> = {}, body: Uint8Array = CONTENT.subarray(4, 10)): Answer {
    return (response) => {
      response.writeHead(206, { 'content-range': 'bytes 4-9/20', ...headers });
      response.end(body);
    };
  }

  it('yields exactly the bytes and leaves the connection for the next', async () => {
    answer = partial();
    assert.equal(await bytesOf(await ask()), '456789');
    assert.equal(await bytesOf(await ask()), '456789');
    assert.equal(server.seen[0]?.headers.range, 'bytes=4-9');
    assert.equal(server.seen[0].headers['user-agent'], 'bound');
    assert.equal(server.sockets.length, 1);
  });

  const wrong: Record<string, Answer> = {
    '200 in place of 206': (response) => response.end(CONTENT),
    '204 in place of 206': (response) => response.writeHead(204).end(),
    'no content range': (response) => response.writeHead(206).end(CONTENT.subarray(4, 10)),
    'another start': partial({ 'content-range': 'bytes 5-9/20' }),
    'another end': partial({ 'content-range': 'bytes 4-10/20' }),
    'a content range that is none': partial({ 'content-range': 'bytes 4-9' }),
    'a total that is not said': partial({ 'content-range': 'bytes 4-9/*' }),
    'an encoding': partial({ 'content-encoding': 'gzip' }),
    'another length': partial({ 'content-length': '7' }, CONTENT.subarray(4, 11)),
    'several parts': (response) => {
      response.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=x' }).end('--x');
    },
  };
  for (const [what, planted] of Object.entries(wrong)) {
    it(`rejects ${what} and shows none of its bytes`, async () => {
      answer = planted;
      await assert.rejects(ask(), { name: 'FsError', errno: 'EIO', reason: 'reply' });
      answer = partial();
      assert.equal(await bytesOf(await ask()), '456789');
    });
  }

  it('closes the connection of a wrong answer that is long', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': String(1 << 30) });
      response.write(CONTENT);
    };
    await assert.rejects(ask(), { name: 'FsError', reason: 'reply' });
    await server.allClosed();
  });

  it('rejects when more bytes come than were asked for', async () => {
    answer = partial({ 'transfer-encoding': 'chunked' }, CONTENT.subarray(4));
    await assert.rejects(ask().then(bytesOf), { name: 'FsError', errno: 'EIO', reason: 'reply' });
  });

  for (const framing of [{ 'content-length': '6' }, { 'transfer-encoding': 'chunked' }]) {
    it(`rejects after the right bytes when the body is cut (${Object.keys(framing).join()})`, async () => {
      answer = (response) => {
        response.writeHead(206, { 'content-range': 'bytes 4-9/20', ...framing });
        response.write(CONTENT.subarray(4, 7), () => response.socket?.destroy());
      };
      const ranged = await ask();
      if (ranged.kind !== 'open') assert.fail(ranged.kind);
      const { body } = ranged;
      let got = '';
      await assert.rejects(
        async () => {
          for await (const chunk of body) got += Buffer.from(chunk).toString();
        },
        { name: 'FsError', errno: 'EIO', reason: 'network' },
      );
      assert.equal(got, '456');
    });
  }

  it('rejects when a chunked body ends early without an error of its own', async () => {
    answer = partial({ 'transfer-encoding': 'chunked' }, CONTENT.subarray(4, 8));
    await assert.rejects(ask().then(bytesOf), { name: 'FsError', errno: 'EIO', reason: 'network' });
  });

  it('rejects when the body stalls', async () => {
    answer = (response) => {
      response.writeHead(206, { 'content-range': 'bytes 4-9/20' });
      response.flushHeaders();
    };
    const rejected = assert.rejects(bytesOf(await ask()), { errno: 'ETIMEDOUT', reason: 'network' });
    await env.clock.advance(5000);
    await rejected;
    await server.allClosed();
  });

  it('tells refusals with status and text without markup', async () => {
    for (const status of [403, 404, 410, 429, 500, 503]) {
      answer = (response) => response.writeHead(status).end('<h1>too many\n connections</h1>');
      assert.deepEqual(await ask(), { kind: 'refused', status, message: 'too many connections' });
    }
    assert.equal(server.sockets.length, 1);
  });

  it('tells a refusal although its text is cut', async () => {
    answer = (response) => {
      response.writeHead(403, { 'content-length': '100' });
      response.write('no', () => response.socket?.destroy());
    };
    assert.deepEqual(await ask(), { kind: 'refused', status: 403, message: '' });
  });

  it('tells that the file has changed', async () => {
    answer = (response) => response.writeHead(416, { 'content-range': 'bytes */3' }).end();
    assert.equal((await ask()).kind, 'changed');
    answer = partial({ 'content-range': 'bytes 4-9/21' });
    assert.equal((await ask()).kind, 'changed');
  });

  it('closes the connection when its reader leaves', async () => {
    answer = (response) => {
      response.writeHead(206, { 'content-range': 'bytes 4-9/20' });
      response.write(CONTENT.subarray(4, 6));
    };
    const ranged = await ask();
    if (ranged.kind !== 'open') assert.fail(ranged.kind);
    const chunks = ranged.body[Symbol.asyncIterator]();
    await chunks.next();
    const waiting = assert.rejects(chunks.next(), FsError);
    await ranged.close();
    await waiting;
    await server.allClosed();
    await ranged.close();
  });

  it('rejects with the reason of an abort while bytes come', async () => {
    answer = (response) => {
      response.writeHead(206, { 'content-range': 'bytes 4-9/20' });
      response.write(CONTENT.subarray(4, 6));
    };
    const abort = new AbortController();
    const reason = new Error('nobody reads');
    const rejected = assert.rejects(bytesOf(await ask({ signal: abort.signal })), reason);
    abort.abort(reason);
    await rejected;
    await server.allClosed();
  });
});
