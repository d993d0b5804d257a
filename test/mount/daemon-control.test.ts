import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import type { DaemonEvent } from '../../src/lib/event-protocol.js';
import { FsError } from '../../src/lib/errors.js';
import { HeldFile } from './daemon/held-file.js';
import { eventually, House } from './daemon/house.js';
import { resourcesOf } from './daemon/resources.js';
import { run } from './programs.js';

const MIB = 1024 * 1024;
const FILM = { name: 'film.mkv', size: 64 * MIB, content: { kind: 'seeded', seed: 'control' } } as const;

/** What routes want to know that answer nothing without it. */
const INPUTS: Readonly<Record<string, string>> = {
  '/v1/names': '?folder=films:/',
  '/v1/search': '?text=film',
  '/v1/du': '?path=films:/',
  '/v1/dupes': '?path=films:/',
};

/** What a client may send by mistake or malice. */
const GARBAGE: readonly (string | Buffer)[] = [
  'GARBAGE\r\n\r\n',
  'GET /v1/status HTTP/9.9\r\n\r\n',
  'GET /v1/status\r\n\r\n',
  `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
  `GET /v1/status HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(MIB)}\r\n\r\n`,
  'POST /v1/refresh HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n',
  'POST /v1/refresh HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  'POST /v1/refresh HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
  'GET http://[ HTTP/1.1\r\nhost: x\r\n\r\n',
  'CONNECT example.org:443 HTTP/1.1\r\nhost: x\r\n\r\n',
  Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 89) % 256)),
];

describe('control socket of a daemon with a mount', function () {
  this.timeout(90_000);
  let house: House;
  let film: HeldFile;

  before(async () => {
    house = await House.open({ sections: { log: { level: 'debug' }, metrics: { listen: '127.0.0.1:0' } } });
    await house.cloud.addFile(FILM);
    await house.refresh();
    film = await HeldFile.open(house.at(`/${FILM.name}`));
  });
  after(async () => {
    await film.close();
    await house.close();
  });

  /** Bytes that nobody has read before. */
  let position = 0;
  const readSome = async (): Promise<number> => {
    const { errno, length, took } = await film.read(position, MIB);
    assert.deepEqual([errno, length], [null, MIB]);
    position += MIB;
    return took;
  };

  /** A connection, once there is room for one more. */
  const connected = async (): Promise<Socket> => {
    for (;;) {
      const socket = connect(house.client.path);
      // It may be reset at any time later.
      socket.on('error', () => undefined);
      const isConnected = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('close', () => resolve(false));
      });
      if (isConnected) return socket;
      await turn();
    }
  };

  /** One request; whether it was answered. A client that is let in late may be cut off before it has spoken. */
  const ask = async (): Promise<boolean> => {
    const socket = connect(house.client.path);
    let head = '';
    const closed = closing(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      head = bytes.toString().slice(0, 12);
      socket.destroy();
    });
    socket.write('GET /v1/mounts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    await closed;
    return head === 'HTTP/1.1 200';
  };

  /** Hears the daemon until it leaves. */
  const listen = async (
    types: string,
  ): Promise<{ readonly heard: readonly DaemonEvent[]; readonly leave: () => Promise<unknown> }> => {
    const heard: DaemonEvent[] = [];
    const enough = new AbortController();
    const following = house.client
      .follow({ types }, { signal: enough.signal, onEvent: (event) => heard.push(event) })
      .catch((error: unknown) => error);
    await eventually(
      () => Promise.resolve(heard.length),
      (count) => count > 0,
    );
    return {
      heard,
      leave: () => {
        enough.abort(new FsError('EINTR', 'enough'));
        return following;
      },
    };
  };

  const get = async (path: string): Promise<{ readonly status: number; readonly body: string }> => {
    const request = httpRequest({ socketPath: house.client.path, path, agent: false });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await text(response) };
  };

  /** Resolves when descriptors are what they were, but for a few that reading needs. */
  const settledTo = async (descriptors: number): Promise<void> => {
    await eventually(
      () => Promise.resolve(resourcesOf(house.daemon.pid).descriptors),
      (now) => now <= descriptors + 8,
      15_000,
    );
  };

  it('survives what is no request, and what is too much', async () => {
    const before = resourcesOf(house.daemon.pid);
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(
        GARBAGE.map(async (garbage) => {
          const socket = await connected();
          const closed = closing(socket);
          socket.resume();
          socket.write(garbage);
          // What looks unfinished is given up here.
          setTimeout(() => socket.destroy(), 300).unref();
          await closed;
        }),
      );
    }
    await readSome();
    await house.status();
    await settledTo(before.descriptors);
  });

  it('survives clients that vanish in the middle of a request or of an answer', async () => {
    const before = resourcesOf(house.daemon.pid);
    const requests = [
      'POST /v1/refresh HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"path"',
      `POST /v1/refresh HTTP/1.1\r\nhost: x\r\ncontent-length: 60\r\n\r\n${JSON.stringify({
        path: house.mountPoint,
        recursive: true,
      }).padEnd(60)}`,
      'GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n',
      'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n',
      'GET /v1/sta',
    ];
    for (let round = 0; round < 40; round += 1) {
      const sockets = await Promise.all(requests.map(() => connected()));
      for (const [index, socket] of sockets.entries()) socket.write(requests[index] ?? '');
      if (round % 2 === 0) await turn();
      for (const socket of sockets) socket.destroy();
    }
    await readSome();
    await settledTo(before.descriptors);
    assert.equal(house.daemon.running, true);
  });

  it('answers others, and reads, while many send nothing or very slowly', async () => {
    const before = resourcesOf(house.daemon.pid);
    const slow = await Promise.all(Array.from({ length: 1000 }, () => connected()));
    for (const [index, socket] of slow.entries()) {
      socket.write(index % 2 === 0 ? 'GET /v1/st' : 'POST /v1/refresh HTTP/1.1\r\ncontent-length: 9\r\n\r\n');
    }
    const began = performance.now();
    await house.status();
    assert.ok(performance.now() - began < 5000);
    await readSome();
    for (const socket of slow) socket.destroy();
    await settledTo(before.descriptors);
  });

  it('answers 10,000 requests at once while a program reads, and is as small as before', async () => {
    const requests = 10_000;
    const before = resourcesOf(house.daemon.pid);
    const answered = { count: 0 };
    const insist = async (): Promise<void> => {
      while (!(await ask())) await turn();
      answered.count += 1;
    };
    const asking = (async () => {
      const all: Promise<void>[] = [];
      for (let index = 0; index < requests; index += 1) {
        all.push(insist());
        if (index % 200 === 0) await turn();
      }
      await Promise.all(all);
    })();
    const reading = (async () => {
      const took: number[] = [];
      while (answered.count < requests && position < FILM.size - MIB) took.push(await readSome());
      return took;
    })();
    await asking;
    assert.equal(answered.count, requests);
    assert.ok(Math.max(0, ...(await reading)) < 6, 'a read waited for the requests');
    await settledTo(before.descriptors);
    const grown = (resourcesOf(house.daemon.pid).resident - before.resident) / MIB;
    assert.ok(grown < 160, `the daemon has grown by ${Math.round(grown)} MiB`);
  });

  it('tells listeners what happens on the mount', async () => {
    const { heard, leave } = await listen('tree,upload,mount');
    writeFileSync(house.at('/told.txt'), 'told');
    await house.client.call('POST /v1/transfers/retry', { transfers: ['films:/told.txt'] });
    await house.idle();
    const other = house.directory('other');
    await house.client.call('POST /v1/mount', { drive: 'films', folder: '/', path: other, options: {} });
    await house.client.call('POST /v1/unmount', { path: other });
    await house.client.call('POST /v1/mount', { drive: 'films', folder: '/', path: other, options: {} });
    assert.equal((await run('umount', other)).code, 0);
    await eventually(
      () => Promise.resolve(heard.filter(({ type }) => type === 'mount.down').length),
      (count) => count === 2,
    );
    await house.cloud.addFile({ name: 'elsewhere.txt', size: 3 });
    await house.refresh();
    await eventually(
      () => Promise.resolve(heard),
      (all) => all.some((event) => event.type === 'tree.changed' && event.paths.includes('/elsewhere.txt')),
    );
    const uploads = heard.filter(({ type }) => type.startsWith('upload.'));
    assert.deepEqual(
      uploads.map((event) => [event.type, 'path' in event && event.path]),
      [
        ['upload.begun', '/told.txt'],
        ['upload.done', '/told.txt'],
      ],
    );
    const mounts = heard.filter(({ type }) => type.startsWith('mount.'));
    assert.deepEqual(
      mounts.map((event) => [event.type, 'path' in event && event.path, 'reason' in event && event.reason]),
      [
        ['mount.up', other, null],
        ['mount.down', other, null],
        ['mount.up', other, null],
        ['mount.down', other, 'it was unmounted from outside'],
      ],
    );
    await leave();
  });

  it('tells listeners that the cloud refuses calls, and that a login is lost', async () => {
    const { heard, leave } = await listen('throttle,login');
    const told = async (...types: readonly string[]): Promise<void> => {
      await eventually(
        () => Promise.resolve(heard.map(({ type }) => type).filter((type) => type !== 'heartbeat')),
        (all) => JSON.stringify(all) === JSON.stringify(types),
      );
    };
    await house.cloud.fault('api-throttle-770004', { count: 1 });
    await house.refresh();
    await told('throttle.begun', 'throttle.ended');
    await house.cloud.endTokens('revoke');
    await assert.rejects(house.refresh(), { reason: 'login' });
    await told('throttle.begun', 'throttle.ended', 'login.lost');
    const lost = heard.at(-1);
    assert.match((lost?.type === 'login.lost' && lost.reason) || '', /panfuse login main/);
    const late = await listen('login');
    await eventually(
      () => Promise.resolve(late.heard.map(({ type }) => type)),
      (all) => all.includes('login.lost'),
    );
    await late.leave();
    await house.storeNewLogin();
    await house.client.call('POST /v1/accounts/reload', { account: 'main' });
    await house.refresh();
    await told('throttle.begun', 'throttle.ended', 'login.lost', 'login.ok');
    await leave();
  });

  it('has figures of what happened, on the socket and by TCP', async () => {
    const port = /listening what="metrics\.listen" host="127\.0\.0\.1" port=(\d+)/.exec(
      house.daemon.output,
    )?.[1];
    const { status, body } = await get('/metrics');
    assert.equal(status, 200);
    const value = (series: RegExp): number =>
      Number(new RegExp(`^${series.source} (\\S+)$`, 'm').exec(body)?.[1]);
    const mount = house.mountPoint;
    const read = `mount="${mount}",operation="read"`;
    assert.ok(value(new RegExp(`panfuse_operations_total\\{${read},errno="ok"\\}`)) > 0);
    assert.equal(
      value(new RegExp(`panfuse_operation_seconds_bucket\\{${read},le="\\+Inf"\\}`)),
      value(new RegExp(`panfuse_operation_seconds_count\\{${read}\\}`)),
    );
    assert.ok(value(/panfuse_fetched_bytes_total/) >= MIB);
    assert.ok(value(/panfuse_reads_total\{source="cloud"\}/) > 0);
    assert.ok(value(/panfuse_api_calls_total\{account="main",call="ufile\/files",outcome="ok"\}/) > 0);
    assert.equal(value(/panfuse_throttled\{account="main"\}/), 0);
    assert.equal(value(/panfuse_transfers\{drive="films",state="owed"\}/), 0);
    const names = new Set(
      [...body.matchAll(/^(panfuse_[a-z_]+?)(?:_bucket|_sum|_count)?[{ ]/gm)].map(([, name]) => name),
    );
    const helped = new Set([...body.matchAll(/^# HELP (\S+) ./gm)].map(([, name]) => name));
    assert.deepEqual(
      [...names].filter((name) => !helped.has(name)),
      [],
    );
    const page = await fetch(`http://127.0.0.1:${port}/metrics`);
    assert.match(await page.text(), /^panfuse_build_info\{version="\d/m);
    assert.equal((await fetch(`http://127.0.0.1:${port}/v1/status`)).status, 404);
  });

  it('has no secret in answers, log, metrics or process list', async () => {
    const texts: string[] = [house.daemon.output];
    const { body: unknown } = await get('/v2/nothing');
    const routes = [...unknown.matchAll(/GET (\/[\w/]+)/g)].map(([, route = '']) => route);
    assert.ok(routes.includes('/v1/status') && routes.includes('/metrics'));
    for (const route of routes.filter((one) => one !== '/v1/events')) {
      texts.push((await get(`${route}${INPUTS[route] ?? ''}`)).body);
    }
    for (const process of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      texts.push(commandLineOf(process));
    }
    const all = texts.join('\n');
    assert.ok(all.includes(FILM.name) && all.includes('run\0--config'), 'nothing was found to look through');
    for (const { accessToken, refreshToken } of await house.cloud.logins()) {
      assert.ok(accessToken.length > 8 && refreshToken.length > 8);
      assert.equal(all.includes(accessToken), false, 'an access token');
      assert.equal(all.includes(refreshToken), false, 'a refresh token');
    }
    const links = (await house.cloud.log()).map(({ path }) => /\/([0-9a-f]{40})\//.exec(path)?.[1]);
    const known = links.filter((link) => link !== undefined);
    assert.ok(known.length > 0, 'nothing was read');
    assert.deepEqual(
      known.filter((link) => all.includes(link)),
      [],
    );
    assert.doesNotMatch(all, /[?&]k=[0-9a-f]{32}/);
    assert.doesNotMatch(all, /x-oss-security-token=|Bearer [\w.-]{8}/i);
  });
});

function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

/** Empty for one that has ended meanwhile. */
function commandLineOf(process: string): string {
  try {
    return readFileSync(`/proc/${process}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
