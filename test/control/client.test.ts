import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectControl } from '../../src/control/client.js';
import type { ControlServer } from '../../src/control/server.js';
import { FsError } from '../../src/lib/errors.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { settle } from '../fakes/fake-clock.js';
import { FakeDaemon, serveFakeDaemon } from './fake-daemon.js';

describe('control client', () => {
  let directory: string;
  let path: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-client-'));
    path = join(directory, 'control.sock');
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), path, daemon);
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  async function rawServer(answer: string): Promise<{ readonly raw: Server; readonly at: string }> {
    const at = join(directory, 'raw.sock');
    const raw = createServer((socket) => {
      socket.once('data', () => socket.end(answer));
    }).listen(at);
    await once(raw, 'listening');
    return { raw, at };
  }

  it('resolves with the result of a GET and of a POST', async () => {
    const control = connectControl(path);
    assert.deepEqual(await control.call('GET /v1/status', {}), daemon.status());
    assert.deepEqual(await control.call('POST /v1/unmount', { path: '/mnt/电影' }), { path: '/mnt/电影' });
    assert.deepEqual(daemon.asked, ['GET /v1/status {}', 'POST /v1/unmount {"path":"/mnt/电影"}']);
  });

  it('hands on progress before the result', async () => {
    const seen: string[] = [];
    const result = await connectControl(path).call(
      'POST /v1/refresh',
      { path: '/mnt/films', recursive: true },
      { onProgress: (event) => seen.push(event.path) },
    );
    assert.equal(result.added, 2);
    assert.deepEqual(seen, ['/mnt/films/1', '/mnt/films/2', '/mnt/films/3']);
  });

  it("rejects with the daemon's error, with and without progress", async () => {
    daemon.failure = new FsError('EACCES', 'log in again', { reason: 'login', expected: true });
    const input = { path: '/mnt/films', recursive: false };
    const expected = { name: 'FsError', errno: 'EACCES', reason: 'login', message: 'log in again' };
    await assert.rejects(connectControl(path).call('POST /v1/refresh', input), expected);
    const told = connectControl(path).call('POST /v1/refresh', input, { onProgress: () => undefined });
    await assert.rejects(told, expected);
  });

  it('rejects with reason daemon when none runs', async () => {
    const asking = connectControl(join(directory, 'nobody.sock')).call('GET /v1/status', {});
    await assert.rejects(asking, { errno: 'ENOENT', reason: 'daemon', message: /nobody\.sock/ });
  });

  it('rejects with reason daemon when it ends in the middle of lines', async () => {
    const head =
      'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n';
    const line = '{"progress":{"directories":1,"entries":1,"path":"/"}}\n';
    const { raw, at } = await rawServer(`${head}${line.length.toString(16)}\r\n${line}\r\n`);
    const seen: unknown[] = [];
    const asking = connectControl(at).call(
      'POST /v1/refresh',
      { path: '/mnt/films', recursive: true },
      { onProgress: (event) => seen.push(event) },
    );
    await assert.rejects(asking, { errno: 'EIO', reason: 'daemon' });
    assert.equal(seen.length, 1);
    raw.close();
  });

  it('rejects with reason reply when the answer is no JSON', async () => {
    const { raw, at } = await rawServer('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
    const asking = connectControl(at).call('GET /v1/status', {});
    await assert.rejects(asking, { errno: 'EIO', reason: 'reply' });
    raw.close();
  });

  it("rejects with the signal's reason and aborts the command in the daemon", async () => {
    daemon.endless.add('/mnt/films');
    const abort = new AbortController();
    const asking = connectControl(path).call(
      'POST /v1/refresh',
      { path: '/mnt/films', recursive: true },
      { signal: abort.signal, onProgress: () => abort.abort(new Error('enough')) },
    );
    await assert.rejects(asking, /enough/);
    while (daemon.aborted.length === 0) await settle();
    assert.equal((daemon.aborted[0] as FsError).message, 'the client has gone');
  });
});
