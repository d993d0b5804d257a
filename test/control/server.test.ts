import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { number, optional, strictObject, string } from 'valibot';
import { type ControlServer, startControlServer } from '../../src/control/server.js';
import type { Command } from '../../src/lib/command.js';
import { FsError } from '../../src/lib/errors.js';
import { settle } from '../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv } from '../fakes/fake-env.js';
import { commandOf } from './fake-daemon.js';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly allow: string | undefined;
  readonly json: unknown;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('control server', () => {
  let directory: string;
  let path: string;
  let env: FakeEnv;
  const open: ControlServer[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-control-'));
    path = join(directory, 'run', 'control.sock');
    env = fakeEnv();
  });

  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
    rmSync(directory, { recursive: true });
  });

  async function start(...commands: readonly Command[]): Promise<ControlServer> {
    const server = await startControlServer(env, { path, commands });
    open.push(server);
    return server;
  }

  async function ask(method: string, target: string, body?: string, accept = '*/*'): Promise<Answer> {
    const request = httpRequest({
      socketPath: path,
      method,
      path: target,
      agent: false,
      headers: { accept },
    });
    // Node may report a broken pipe after the whole answer is there; before it, `once` rejects.
    request.on('error', () => undefined);
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const lines = (await text(response)).trimEnd().split('\n');
    const values = lines.map((line) => JSON.parse(line) as unknown);
    return {
      status: response.statusCode ?? 0,
      type: response.headers['content-type'] ?? '',
      allow: response.headers.allow,
      json: accept === '*/*' ? values[0] : values,
    };
  }

  const double = commandOf(
    'double',
    (input) => Promise.resolve({ doubled: (input as { value: number }).value * 2 }),
    strictObject({ value: number() }),
  );

  it('answers a command with its JSON', async () => {
    await start(double);
    const answer = await ask('POST', '/v1/double', '{"value": 21}');
    assert.deepEqual(answer, {
      status: 200,
      type: 'application/json',
      allow: undefined,
      json: { doubled: 42 },
    });
  });

  it('gives a GET its input from the query, once each', async () => {
    const fields = strictObject({ a: string(), b: optional(string()) });
    await start(commandOf('echo', (input) => Promise.resolve(input), fields, 'GET'));
    const { json } = await ask('GET', '/v1/echo?a=1&b=%E7%94%B5');
    assert.deepEqual(json, { a: '1', b: '电' });
    const twice = await ask('GET', '/v1/echo?a=1&a=2');
    assert.deepEqual(twice.json, {
      error: { errno: 'EINVAL', reason: 'other', message: 'a: given more than once', field: 'a' },
    });
  });

  it('names the field when the input is wrong', async () => {
    await start(double);
    const wrong = await ask('POST', '/v1/double', '{"value": "21"}');
    assert.equal(wrong.status, 400);
    assert.equal((wrong.json as { error: { field: string } }).error.field, 'value');
    const unknown = await ask('POST', '/v1/double', '{"value": 1, "extra": 2}');
    assert.equal((unknown.json as { error: { field: string } }).error.field, 'extra');
    const garbled = await ask('POST', '/v1/double', '{"value"');
    assert.equal(garbled.status, 400);
    assert.match(JSON.stringify(garbled.json), /the body is not JSON/);
  });

  it('lists what there is when a path is unknown, and names the method otherwise', async () => {
    await start(double);
    const lost = await ask('GET', '/v2/nothing');
    assert.equal(lost.status, 404);
    assert.match(JSON.stringify(lost.json), /there is: POST \/v1\/double/);
    const wrong = await ask('GET', '/v1/double');
    assert.deepEqual([wrong.status, wrong.allow], [405, 'POST']);
    assert.equal((await ask('GET', '//')).status, 404);
  });

  it('refuses a body over 1 MiB', async () => {
    await start(double);
    const { status } = await ask('POST', '/v1/double', JSON.stringify({ value: 'x'.repeat(1024 * 1024) }));
    assert.equal(status, 413);
  });

  it('gives each error its HTTP status and logs only the unexpected', async () => {
    const failures: readonly [FsError, number][] = [
      [new FsError('ENOENT', 'gone', { expected: true }), 404],
      [new FsError('EACCES', 'log in again', { reason: 'login', expected: true }), 403],
      [new FsError('EIO', 'called too often', { reason: 'throttle', expected: true }), 503],
      [new FsError('EBUSY', 'in use', { expected: true }), 409],
      [new FsError('EIO', 'broken'), 500],
    ];
    const left = failures.map(([failure]) => failure);
    await start(commandOf('fail', () => Promise.reject(left.shift() ?? new Error('asked too often'))));
    for (const [failure, status] of failures) {
      const answer = await ask('POST', '/v1/fail');
      assert.equal(answer.status, status, failure.message);
      const { errno, reason, message } = failure;
      assert.deepEqual(answer.json, { error: { errno, reason, message } });
    }
    assert.equal(env.log.lines.filter((line) => line.level === 'warn').length, 1);
  });

  it('turns what is no FsError into EIO', async () => {
    await start(commandOf('fail', () => Promise.reject(new TypeError('x is not a function'))));
    const { json } = await ask('POST', '/v1/fail');
    assert.deepEqual(json, { error: { errno: 'EIO', reason: 'other', message: 'x is not a function' } });
  });

  it('sends progress as lines to who accepts them', async () => {
    const count = commandOf('count', (_input, { progress }) => {
      progress({ done: 1 });
      progress({ done: 2 });
      return Promise.resolve('all');
    });
    await start(count);
    const lines = await ask('POST', '/v1/count', '', 'application/x-ndjson');
    assert.equal(lines.type, 'application/x-ndjson');
    assert.deepEqual(lines.json, [{ progress: { done: 1 } }, { progress: { done: 2 } }, { result: 'all' }]);
    const document = await ask('POST', '/v1/count');
    assert.equal(document.json, 'all');
  });

  it('ends lines with the error, with its status when nothing was said before', async () => {
    const fail = commandOf('fail', () => Promise.reject(new FsError('ENOENT', 'gone', { expected: true })));
    const late = commandOf('late', (_input, { progress }) => {
      progress(1);
      return Promise.reject(new FsError('EIO', 'broken', { expected: true }));
    });
    await start(fail, late);
    const first = await ask('POST', '/v1/fail', '', 'application/x-ndjson');
    assert.equal(first.status, 404);
    assert.deepEqual(first.json, [{ error: { errno: 'ENOENT', reason: 'other', message: 'gone' } }]);
    const second = await ask('POST', '/v1/late', '', 'application/x-ndjson');
    assert.equal(second.status, 200);
    assert.deepEqual((second.json as unknown[])[1], {
      error: { errno: 'EIO', reason: 'other', message: 'broken' },
    });
  });

  it('aborts the command when the client goes away', async () => {
    const started = deferred<AbortSignal>();
    await start(
      commandOf('wait', async (_input, { signal }) => {
        started.resolve(signal);
        await once(signal, 'abort');
        signal.throwIfAborted();
      }),
    );
    const request = httpRequest({ socketPath: path, method: 'POST', path: '/v1/wait', agent: false });
    request.on('error', () => undefined);
    request.end();
    const signal = await started.promise;
    request.destroy();
    if (!signal.aborted) await once(signal, 'abort');
    assert.equal((signal.reason as FsError).errno, 'EINTR');
    assert.deepEqual(
      env.log.lines.filter((line) => line.level !== 'debug'),
      [],
    );
  });

  it('says nothing at warning level when a client breaks off in its body', async () => {
    await start(double);
    const socket = connect(path);
    socket.write(
      'POST /v1/double HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n',
    );
    // The server asks for the body: it waits for it now.
    await once(socket, 'data');
    socket.destroy();
    while (env.log.lines.length === 0) await settle();
    const [line] = env.log.lines;
    assert.deepEqual([line?.level, line?.fields['errno'], env.log.lines.length], ['debug', 'EINTR', 1]);
  });

  it('cuts off who never sends its headers', async () => {
    const timeouts = { headers: 20, request: 20, idle: 20 };
    open.push(await startControlServer(env, { path, commands: [double], timeouts }));
    const socket = connect(path);
    socket.write('POST /v1/double HTTP/1.1\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    assert.match(chunk.toString(), /^HTTP\/1\.1 408/);
    socket.destroy();
  });

  it('aborts and answers what runs when it is closed, and removes the socket', async () => {
    const started = deferred<undefined>();
    const wait = commandOf('wait', async (_input, { signal }) => {
      started.resolve(undefined);
      await once(signal, 'abort');
      signal.throwIfAborted();
    });
    const server = await start(wait);
    const answer = ask('POST', '/v1/wait');
    await started.promise;
    await server.close();
    assert.deepEqual(await answer, {
      status: 503,
      type: 'application/json',
      allow: undefined,
      json: { error: { errno: 'EINTR', reason: 'other', message: 'the daemon is stopping' } },
    });
    assert.equal(existsSync(path), false);
    await server.close();
  });

  it('makes the socket and its directory private', async () => {
    await start(double);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, 'run')).mode & 0o777, 0o700);
  });

  it('opens socket and private directory to a group', async () => {
    const { gid } = statSync(directory);
    open.push(await startControlServer(env, { path, commands: [double], group: String(gid) }));
    assert.equal(statSync(path).mode & 0o777, 0o660);
    assert.equal(statSync(join(directory, 'run')).mode & 0o777, 0o710);
  });

  it('refuses to start for a group that does not exist', async () => {
    const starting = startControlServer(env, { path, commands: [double], group: 'no-such-group' });
    await assert.rejects(starting, { errno: 'EINVAL', message: /no group "no-such-group"/ });
    assert.equal(existsSync(path), false);
  });

  it('replaces the socket that a dead daemon left', async () => {
    await start(double);
    const dead = join(directory, 'dead.sock');
    const holder = createServer().listen(dead);
    await once(holder, 'listening');
    // A socket whose name outlives its listener is what kill -9 leaves.
    const left = join(directory, 'left.sock');
    linkSync(dead, left);
    await new Promise((resolve) => holder.close(resolve));
    assert.ok(existsSync(left));
    path = left;
    await start(double);
    assert.equal((await ask('POST', '/v1/double', '{"value": 2}')).status, 200);
  });

  it('refuses to start beside a daemon that answers', async () => {
    await start(double);
    await assert.rejects(startControlServer(env, { path, commands: [double] }), {
      errno: 'EBUSY',
      message: /another daemon is running/,
    });
    assert.equal((await ask('POST', '/v1/double', '{"value": 2}')).status, 200);
  });

  it('leaves a file alone that is no socket', async () => {
    path = join(directory, 'notes.txt');
    writeFileSync(path, 'mine');
    await assert.rejects(startControlServer(env, { path, commands: [double] }), { errno: 'EEXIST' });
    assert.ok(existsSync(path));
  });

  it('says why when the socket cannot be made', async () => {
    writeFileSync(join(directory, 'run'), '');
    await assert.rejects(startControlServer(env, { path, commands: [double] }), {
      errno: 'EACCES',
      message: /the control socket .* cannot be made/,
    });
  });
});
