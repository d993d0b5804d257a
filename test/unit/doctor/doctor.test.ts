import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../../src/config/config.js';
import { loadConfig } from '../../../src/config/load.js';
import { examine } from '../../../src/doctor/doctor.js';
import type { Finding } from '../../../src/lib/doctor-protocol.js';
import { FsError } from '../../../src/lib/errors.js';
import type { DaemonStatus } from '../../../src/lib/protocol.js';
import type { TransportRequest, TransportResponse } from '../../../src/net/http-message.js';
import { FakeDaemon } from '../../control/fake-daemon.js';
import type { FakeClock } from '../../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';
import { directory, FakeMachine, socket, systemError } from './fake-machine.js';

const SOCKET = '/run/panfuse/control.sock';
const HOST = { uid: 0, gid: 0, home: '/root', variables: {} };
const CONFIG = `
accounts: { main: { kind: 115-open, clientId: "1" } }
drives: { films: { account: main } }
mounts: [{ path: /mnt/films, drive: films, allowOther: true }]
`;

describe('doctor', () => {
  let folder: string;
  let config: Config;
  let machine: FakeMachine;
  let env: FakeEnv;
  let clock: FakeClock;
  let asked: string[];
  /** What the cloud answers; null: nothing. */
  let date: (() => string) | null;
  let stored: Record<string, string> | Error | null;
  let read: () => Promise<Config>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'panfuse-doctor-'));
    const path = join(folder, 'config.yaml');
    writeFileSync(path, CONFIG);
    config = await loadConfig(path, HOST);
    machine = new FakeMachine();
    machine.modes.set(SOCKET, socket(0o140600));
    env = fakeEnv();
    clock = env.clock;
    asked = [];
    date = () => new Date(clock.now()).toUTCString();
    stored = { refreshToken: 'x' };
    read = () => Promise.resolve(config);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function request({ url }: TransportRequest): Promise<TransportResponse> {
    asked.push(url);
    if (date === null) return Promise.reject(new FsError('EIO', 'no connection', { reason: 'network' }));
    const told = date();
    const headers = { get: (name: string) => (name === 'date' ? told : null), getSetCookie: () => [] };
    const discard = (): Promise<void> => Promise.resolve();
    return Promise.resolve({
      status: 404,
      headers,
      url,
      body: nothing(),
      text: () => Promise.resolve(''),
      discard,
    });
  }

  async function look(status: DaemonStatus | null = null): Promise<readonly Finding[]> {
    const parts = {
      machine,
      transport: { request },
      stored: { load: () => (stored instanceof Error ? Promise.reject(stored) : Promise.resolve(stored)) },
      read,
      addressesOf: () => ['https://api.example', 'https://login.example/x'],
    };
    const daemon = status === null ? null : { config, status };
    const looking = examine(env, parts, { daemon, socket: SOCKET });
    await clock.advance(10_000);
    return await looking;
  }

  /** `fail check subject: message` of everything that is not well. */
  async function troubles(status: DaemonStatus | null = null): Promise<readonly string[]> {
    const bad = (await look(status)).filter(({ level }) => level !== 'ok');
    return bad.map(({ level, check, subject, message }) => `${level} ${check} ${subject ?? '-'}: ${message}`);
  }

  function running(changes: Partial<DaemonStatus> = {}): DaemonStatus {
    machine.mount('/mnt/films');
    return { ...new FakeDaemon().status(), drives: [], ...changes };
  }

  it('finds nothing on a machine that is well, and asks the cloud for the time alone', async () => {
    assert.deepEqual(await troubles(running()), []);
    assert.deepEqual(asked, ['https://api.example/']);
  });

  it('says what to do about everything that fails', async () => {
    machine.broken.set('/dev/fuse', systemError('ENOENT'));
    machine.broken.set('fusermount3', systemError('ENOENT'));
    machine.broken.set('/mnt/films', systemError('ENOTCONN'));
    machine.files.delete('/etc/fuse.conf');
    date = null;
    const failed = (await look(running())).filter(({ level }) => level === 'fail');
    assert.equal(failed.length, 5);
    assert.deepEqual(
      failed.filter(({ advice }) => advice === null),
      [],
    );
  });

  it('works without a daemon', async () => {
    assert.deepEqual(await troubles(), [`warn daemon ${SOCKET}: is left of a daemon that has ended`]);
    machine.modes.delete(SOCKET);
    assert.deepEqual(await troubles(), [`warn daemon ${SOCKET}: no daemon is running`]);
  });

  it('works without a configuration', async () => {
    read = () => Promise.reject(new FsError('EINVAL', 'config.yaml:1:1: cach: unknown key'));
    assert.deepEqual((await troubles())[0], 'fail config -: config.yaml:1:1: cach: unknown key');
  });

  const cases: readonly (readonly [string, () => void, RegExp])[] = [
    [
      'an old Node',
      () => (machine.nodeVersion = '18.20.1'),
      /^fail program -: Node\.js 18\.20\.1 is too old$/,
    ],
    ['few threads', () => (machine.threads = 4), /^warn program -: only 4 threads/],
    [
      'a low limit of open files',
      () => machine.files.set('/proc/self/limits', 'Max open files  1024  4096  files\n'),
      /^warn program -: only 1024 open files/,
    ],
    [
      'a FUSE device that is closed',
      () => machine.broken.set('/dev/fuse', systemError('EACCES')),
      /^fail fuse \/dev\/fuse: is closed to this user/,
    ],
    [
      'allowOther without user_allow_other',
      () => machine.files.set('/etc/fuse.conf', '#user_allow_other\n'),
      /^fail fuse \/etc\/fuse\.conf: \/mnt\/films cannot be mounted for other users$/,
    ],
    [
      'few watches',
      () => machine.files.set('/proc/sys/fs/inotify/max_user_watches', '8192\n'),
      /^warn kernel inotify: only 8192 folders/,
    ],
    [
      'small pipes',
      () => machine.files.set('/proc/sys/fs/pipe-max-size', '65536\n'),
      /^warn kernel pipes: only up to 64\.0 KiB$/,
    ],
    [
      'a state folder that cannot be written',
      () => machine.broken.set('/', systemError('EACCES')),
      /^fail disk state \/var\/lib\/panfuse: cannot be used: EACCES/,
    ],
    [
      'a state folder on a disk that hangs',
      () => machine.silent.add('/'),
      /^fail disk state \/var\/lib\/panfuse: cannot be used: no answer within 5 s$/,
    ],
    [
      'a spool in memory',
      () => (machine.room = { ...machine.room, inMemory: true }),
      /^warn disk spool .*: is in memory/,
    ],
    [
      'a full disk',
      () => (machine.room = { ...machine.room, free: 1024 }),
      /^fail disk spool .*: 1\.00 KiB free, of which 20\.0 GiB must stay free: writing to a mount fails/,
    ],
    [
      'a cache inside a mount of its own',
      () => {
        machine.modes.set('/var/cache/panfuse', directory(0o755));
        machine.mount('/var/cache');
      },
      /^fail disk cache \/var\/cache\/panfuse: lies inside the mount \/var\/cache/,
    ],
    ['a login that is missing', () => (stored = null), /^fail login main: nobody has logged in yet$/],
    [
      'a login that is damaged',
      () => (stored = new FsError('EACCES', 'the stored login is damaged', { reason: 'login' })),
      /^fail login main: the stored login is damaged$/,
    ],
    [
      'logins that others can read',
      () => machine.modes.set('/var/lib/panfuse/credentials', directory(0o40755)),
      /^fail login .*credentials: other users can look inside/,
    ],
    [
      'a name that is not found',
      () => machine.broken.set('login.example', systemError('ENOTFOUND')),
      /^fail dns login\.example: ENOTFOUND/,
    ],
    [
      'a name server that is silent',
      () => machine.silent.add('api.example'),
      /^fail dns api\.example: no answer within 5 s$/,
    ],
    ['a cloud that is silent', () => (date = null), /^fail cloud https:\/\/api\.example: no connection$/],
    [
      'a clock that is ahead',
      () => (date = () => new Date(clock.now() - 120_000).toUTCString()),
      /^warn clock -: 2m ahead of that of the cloud$/,
    ],
    [
      'a clock that is far behind',
      () => (date = () => new Date(clock.now() + 86_400_000).toUTCString()),
      /^fail clock -: 24h behind that of the cloud$/,
    ],
    [
      'something else that is mounted at a mount point',
      () => machine.files.set('/proc/self/mountinfo', '97 1 8:1 / /mnt/films rw - ext4 /dev/sda1 rw\n'),
      /^fail mount \/mnt\/films: \/dev\/sda1 \(ext4\) is mounted there$/,
    ],
    [
      'a mount that a crash has left',
      () => {
        machine.mount('/mnt/old');
        machine.broken.set('/mnt/old', systemError('ENOTCONN'));
      },
      /^warn mount \/mnt\/old: is left of a daemon that has died$/,
    ],
    [
      'a mount of its own that a crash has left',
      () => {
        machine.mount('/mnt/films');
        machine.broken.set('/mnt/films', systemError('ENOTCONN'));
      },
      /^fail mount \/mnt\/films: is left of a daemon that has died$/,
    ],
    [
      'a socket that is none',
      () => machine.modes.set(SOCKET, directory(0o755)),
      /^fail daemon .*control\.sock: is in the way/,
    ],
  ];
  for (const [what, disturb, words] of cases) {
    it(`finds ${what}`, async () => {
      machine.modes.delete(SOCKET);
      disturb();
      const found = await troubles();
      assert.equal(found.filter((line) => words.test(line)).length, 1, found.join('\n'));
    });
  }

  describe('with a daemon', () => {
    it('finds a mount that does not answer', async () => {
      machine.silent.add('/mnt/films');
      const found = await troubles(running());
      assert.deepEqual(found, ['fail mount /mnt/films: does not answer: no answer within 5 s']);
    });

    it('finds a mount that somebody has taken down, and one that failed', async () => {
      const status = running();
      machine.files.set('/proc/self/mountinfo', '');
      assert.deepEqual(await troubles(status), ['fail mount /mnt/films: is not mounted']);
      const mounts = status.mounts.map((mount) => ({
        ...mount,
        state: 'failed' as const,
        message: 'no login',
      }));
      assert.deepEqual(await troubles({ ...status, mounts }), ['fail mount /mnt/films: no login']);
    });

    it('finds limits that the kernel keeps', async () => {
      machine.files.set('/sys/fs/fuse/connections/52/max_background', '12\n');
      machine.files.set('/sys/class/bdi/0:52/read_ahead_kb', '128\n');
      const found = (await look(running())).filter(({ level }) => level === 'warn');
      assert.deepEqual(
        found.map(({ advice }) => advice),
        [
          'echo 48 | sudo tee /sys/fs/fuse/connections/52/max_background',
          'echo 256 | sudo tee /sys/class/bdi/0:52/read_ahead_kb',
        ],
      );
    });

    it('finds accounts that a person must look after, and asks a cloud that refuses nothing', async () => {
      const status = running();
      const accounts = status.accounts.map((account) => ({
        ...account,
        login: 'lost' as const,
        loginMessage: 'the login was replaced',
        throttle: { until: clock.now() + 600_000, message: '访问过于频繁' },
        calls: { today: 7900, perDay: 8000 },
      }));
      assert.deepEqual(await troubles({ ...status, accounts }), [
        'fail login main: the login was replaced',
        'warn login main: the cloud refuses calls: 访问过于频繁',
        'warn login main: 7900 of 8000 calls used today',
      ]);
      assert.deepEqual(asked, []);
    });

    it('finds what is wrong with drives', async () => {
      const { drives } = new FakeDaemon().status();
      assert.deepEqual(await troubles(running({ drives })), [
        'warn drive films: uploads that failed: 1',
        'warn drive films: drafts that no program closed: 1',
        'warn drive films: uploads wait: the cloud did not answer',
        'warn drive 纪录片: the cloud did not answer (0.0s ago)',
      ]);
    });

    it('finds a configuration that was changed, and one that is wrong by now', async () => {
      const changed = { ...config, drives: [] };
      read = () => Promise.resolve(changed);
      assert.deepEqual(await troubles(running()), [
        `warn config ${config.file}: it was changed since the daemon began`,
      ]);
      read = () => Promise.reject(new FsError('EINVAL', 'unknown key'));
      const [trouble] = await troubles(running());
      assert.match(
        trouble ?? '',
        /^fail config .*: the daemon works with what it read, but would not start again: unknown key$/,
      );
    });

    it('finds a socket that is gone, or open to everybody', async () => {
      machine.modes.set(SOCKET, socket(0o140666));
      assert.deepEqual(await troubles(running()), [`fail daemon ${SOCKET}: is open to everybody`]);
      machine.modes.delete(SOCKET);
      assert.deepEqual(await troubles(running()), [
        `fail daemon ${SOCKET}: has gone: nobody can ask the daemon`,
      ]);
    });
  });
});

async function* nothing(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
}
