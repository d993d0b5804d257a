import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.js';
import type { ControlServer } from '../../src/control/server.js';
import { FsError } from '../../src/lib/errors.js';
import { settle } from '../fakes/fake-clock.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { FakeTerminal, type FakeTerminalOptions } from '../fakes/fake-terminal.js';
import { FakeDaemon, serveFakeDaemon } from './fake-daemon.js';

const STYLES = new RegExp(`${String.fromCharCode(27)}\\[`);

/** Columns on a terminal, of text whose only wide characters are Chinese. */
function displayWidth(text: string): number {
  return Array.from(text).reduce(
    (width, character) => width + (/\p{Script=Han}/u.test(character) ? 2 : 1),
    0,
  );
}

describe('command line', () => {
  let directory: string;
  let config: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-cli-'));
    config = join(directory, 'config.yaml');
    const socket = join(directory, 'control.sock');
    writeFileSync(
      config,
      [
        'accounts: { main: { kind: 115-open, clientId: "1" } }',
        'drives: { films: { account: main }, 纪录片: { account: main } }',
        `control: { socket: "${socket}" }`,
      ].join('\n'),
    );
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), socket, daemon);
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  function terminalOf(options: FakeTerminalOptions = {}): FakeTerminal {
    return new FakeTerminal({ ...options, variables: { PANFUSE_CONFIG: config, ...options.variables } });
  }

  async function run(...argv: readonly string[]): Promise<FakeTerminal & { readonly code: number }> {
    const terminal = terminalOf();
    const code = await main(argv, terminal);
    return Object.assign(terminal, { code });
  }

  describe('status', () => {
    it('shows accounts, drives and mounts in aligned columns', async () => {
      const { code, said } = await run('status');
      assert.equal(code, 0);
      const lines = said.split('\n');
      assert.match(lines[0] ?? '', /^panfuse 0\.1\.0, process 4242, up for 0\.0s, 123 MiB of memory$/);
      assert.ok(lines.includes('ACCOUNT  KIND      LOGIN  CALLS TODAY  LEFT  REFUSED'), said);
      assert.ok(lines.includes('main     115-open  ok     412 of 8000  7588  no'), said);
      assert.ok(
        lines.includes(
          'films   main     all                  12             3456           3.00 TiB of 10.0 TiB',
        ),
      );
      // Three characters that are six columns wide stand under five letters and three spaces.
      assert.ok(lines.includes('纪录片  main     2849501234567890123  3              40             ?'));
      assert.ok(
        lines.includes(
          'Writing: 2 files on the way (4.00 GiB to go), 12 changes, 1 failed, 1 draft, 3 that stay here',
        ),
        said,
      );
      assert.ok(lines.includes('Spool:   5.00 GiB of 100 GiB'), said);
      assert.ok(lines.includes('Offline: 2 downloads under way, 5 done, 1 failed'), said);
      assert.match(
        said,
        /Reading: 2 files open, 2 connections busy, 1 reader waiting, 7 links \(1 renewed, 18 of 20 fetched ahead were used\)/,
      );
    });

    it('ends with what a person should look at', async () => {
      daemon.accounts = [
        {
          name: 'main',
          kind: '115-open',
          login: 'lost',
          loginMessage: 'log in again: panfuse login main',
          throttle: { until: terminalOf().clock.now() + 90_000, message: '访问过于频繁' },
          calls: { today: 8000, perDay: 8000 },
        },
      ];
      const { said } = await run('status');
      assert.match(said, /lost +8000 of 8000 +0 +for another 90s/);
      assert.deepEqual(
        said.split('\n').filter((line) => line.startsWith('!')),
        [
          '! account main: log in again: panfuse login main',
          '! account main: the cloud refuses for now: 访问过于频繁',
          '! drive 纪录片: the cloud did not answer (0.0s ago)',
          '! drive films: 1 upload failed: panfuse transfers says more',
          '! drive films: 1 draft to keep or drop: panfuse transfers says more',
          '! drive films: the cloud refused 1 change: panfuse transfers says more',
          '! drive films: uploads wait: the cloud did not answer',
        ],
      );
    });

    it('is the JSON of the daemon with --json', async () => {
      const { said, json } = await run('status', '--json');
      assert.deepEqual(json, daemon.status());
      assert.equal(said.split('\n').length, 2);
    });

    it('has colours on a terminal only, and not with NO_COLOR', async () => {
      const plain = terminalOf();
      await main(['status'], plain);
      assert.doesNotMatch(plain.said, STYLES);
      const colourful = terminalOf({ isTTY: true });
      await main(['status'], colourful);
      assert.match(colourful.said, STYLES);
      const quiet = terminalOf({ isTTY: true, variables: { NO_COLOR: '1' } });
      await main(['status'], quiet);
      assert.doesNotMatch(quiet.said, STYLES);
    });
  });

  it('lists drives and mounts', async () => {
    assert.match((await run('drives')).said, /^DRIVE .*\nfilms /);
    assert.match(
      (await run('mounts')).said,
      /^MOUNT .*\n\/mnt\/films +films +for 0\.0s +read and write +2\n$/,
    );
    daemon.mounts = [];
    assert.equal((await run('mounts')).said, 'Nothing is mounted.\n');
    assert.deepEqual((await run('mounts', '--json')).json, []);
  });

  it('mounts a folder at an absolute path with the options that were given', async () => {
    const { code, said } = await run(
      'mount',
      'films:/2026/',
      'new',
      '--uid',
      '5',
      '--umask',
      '022',
      '--read-ahead',
      '1MiB',
    );
    assert.equal(code, 0);
    assert.equal(said, 'films:/2026 is mounted at /work/here/new\n');
    assert.deepEqual(daemon.asked, [
      'POST /v1/mount {"drive":"films","folder":"/2026","path":"/work/here/new",' +
        '"options":{"uid":5,"umask":"022","readAhead":1048576}}',
    ]);
  });

  for (const source of ['films', 'films:', 'films:/']) {
    it(`takes ${source} for all of the drive`, async () => {
      await run('mount', source, '/mnt/x', '--no-allow-other');
      assert.deepEqual(daemon.asked, [
        'POST /v1/mount {"drive":"films","folder":"/","path":"/mnt/x","options":{"allowOther":false}}',
      ]);
    });
  }

  it('refuses a source and options of the wrong form without asking', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[':/x', '/m'], /:\/x names no drive/],
      [['films', '/m', '--uid', 'me'], /--uid: write a number/],
      [['films', '/m', '--read-ahead', '1MB'], /--read-ahead: write a size/],
    ];
    for (const [argv, words] of cases) {
      const { code, complained } = await run('mount', ...argv);
      assert.equal(code, 2);
      assert.match(complained, words);
    }
    assert.deepEqual(daemon.asked, []);
  });

  it('unmounts, by either word', async () => {
    assert.equal((await run('unmount', '/mnt/films')).said, '/mnt/films is unmounted\n');
    assert.equal((await run('umount', 'films')).said, '/work/here/films is unmounted\n');
  });

  it('refreshes and says what changed', async () => {
    const { said, complained } = await run('refresh', '-r', '/mnt/films');
    assert.equal(said, '3 folders, 300 entries: 2 added, 1 removed, 0 changed\n');
    assert.equal(complained, '');
    assert.deepEqual(daemon.asked, ['POST /v1/refresh {"path":"/mnt/films","recursive":true}']);
  });

  it('stops a refresh when the person interrupts, in the daemon too', async () => {
    daemon.endless.add('/mnt/films');
    const terminal = terminalOf();
    const running = main(['refresh', '/mnt/films'], terminal);
    while (daemon.waiting === 0) await settle();
    terminal.interrupt();
    assert.equal(await running, 130);
    assert.equal(terminal.complained, 'panfuse: interrupted\n');
    while (daemon.aborted.length === 0) await settle();
  });

  describe('transfers', () => {
    it('lists files, drafts, changes and what was refused, each apart', async () => {
      const { code, said } = await run('transfers');
      assert.equal(code, 0);
      const lines = said.split('\n');
      const paths = lines.slice(0, 3).map((line) => displayWidth(line.slice(0, line.search(/PATH|films:/))));
      assert.deepEqual(paths, [paths[0], paths[0], paths[0]]);
      assert.match(said, /^3f2a91bc +sending +25% +4\.00 GiB +films:\/2026\/新片\.mkv$/m);
      assert.match(said, /^8d11c0de +failed +1\.00 KiB +films:\/a\.txt +the cloud refuses this name$/m);
      assert.match(said, /^77aa0000 +0\.0s ago +5\.00 MiB +films:\/half\.iso\nNo program closed these/m);
      assert.match(said, /^remove +films:\/old\.mkv +the cloud did not answer$/m);
      assert.match(said, /^make folder +films:\/a:b +the name is refused$/m);
      assert.match(said, /^rename +films:\/b\.txt +0\.0s ago +there is one already\nThe cloud did not take/m);
    });

    it('says so when there are none, and when uploads are paused', async () => {
      daemon.transfers = [];
      assert.equal((await run('transfers', '--drive', 'films')).said, 'Nothing waits for the clouds.\n');
      assert.deepEqual(daemon.asked, ['GET /v1/transfers {"drive":"films"}']);
      const none = { files: [], drafts: [], changes: [], changesWaitBecause: null, refused: [] };
      daemon.transfers = [{ drive: 'films', account: 'main', paused: true, ...none }];
      assert.match(
        (await run('transfers')).said,
        /^! uploads of account main are paused: panfuse transfers resume/,
      );
    });

    it('says why some files stay here', async () => {
      const [drive] = daemon.transfers;
      const [file] = drive?.files ?? [];
      assert.ok(drive !== undefined && file !== undefined);
      daemon.transfers = [{ ...drive, files: [{ ...file, state: 'local', path: '/.DS_Store' }] }];
      assert.match(
        (await run('transfers')).said,
        /stays here .*\.DS_Store\nWhat stays here has a name of upload\.junk/,
      );
    });

    it('shows no more than some changes one by one', async () => {
      const changes = Array.from({ length: 30 }, () => ({
        kind: 'remove' as const,
        path: '/x',
        reason: null,
      }));
      const none = { paused: false, files: [], drafts: [], changesWaitBecause: null, refused: [] };
      daemon.transfers = [{ drive: 'films', account: 'main', changes, ...none }];
      assert.match((await run('transfers')).said, /and 10 changes more\n$/);
    });

    const given: readonly (readonly [readonly string[], string])[] = [
      [['pause'], 'pause {"transfers":[]}'],
      [['resume', '--drive', 'films'], 'resume {"transfers":[],"drive":"films"}'],
      [['retry', '8d11c0de', 'a.txt'], 'retry {"transfers":["8d11c0de","/work/here/a.txt"]}'],
      [['cancel', 'films:/a.txt', '/mnt/x'], 'cancel {"transfers":["films:/a.txt","/mnt/x"]}'],
      [['keep', 'local-77aa0000'], 'keep {"transfers":["local-77aa0000"]}'],
      [['drop', '--yes', '8d11c0de'], 'drop {"transfers":["8d11c0de"]}'],
    ];
    for (const [argv, asked] of given) {
      it(`${argv.join(' ')} asks the daemon`, async () => {
        const { code, said } = await run('transfers', ...argv);
        assert.equal(code, 0);
        assert.deepEqual(daemon.asked, [`POST /v1/transfers/${asked}`]);
        assert.match(
          said,
          asked.includes('[]') ? /^All uploads of main are/ : /\n8d11c0de {2}films:\/a\.txt\n/,
        );
      });
    }

    it('drop asks first, and takes nothing but yes for one', async () => {
      for (const [lines, code] of [
        [['y'], 0],
        [['n'], 6],
        [[], 6],
      ] as const) {
        daemon.asked.length = 0;
        const terminal = terminalOf({ lines });
        assert.equal(await main(['transfers', 'drop', '8d11c0de'], terminal), code);
        assert.match(terminal.complained, /^Drop 8d11c0de\? What the cloud does not have is lost for good/);
        assert.equal(daemon.asked.length, code === 0 ? 1 : 0);
      }
    });

    it('waits until everything is in the cloud, and tells of drafts', async () => {
      const { code, said } = await run('transfers', '--wait', '--timeout', '10m');
      assert.equal(code, 0);
      assert.equal(
        said,
        'Everything is in the cloud, but 1 draft that no program closed: panfuse transfers\n',
      );
      assert.deepEqual(daemon.asked, ['POST /v1/transfers/wait {"timeout":600000}']);
    });

    it('is 1 when files are left that nothing will upload, and 5 when it takes too long', async () => {
      daemon.left = { failed: 2, drafts: 0 };
      const failed = await run('transfers', '--wait');
      assert.equal(failed.code, 1);
      assert.match(failed.complained, /2 files could not be uploaded: panfuse transfers says why/);
      daemon.failure = new FsError('ETIMEDOUT', 'not everything is in the cloud yet');
      assert.equal((await run('transfers', '--watch', '--timeout', '1s')).code, 5);
    });

    it('tells a program each step with --watch --json', async () => {
      const { said } = await run('transfers', '--watch', '--json');
      const [step, end] = said
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.equal((step?.['progress'] as { files: number }).files, 1);
      assert.deepEqual(end, { failed: 0, drafts: 1 });
    });

    it('refuses a timeout of the wrong form, or without anything to wait for', async () => {
      const wrong = await run('transfers', '--wait', '--timeout', 'soon');
      assert.deepEqual([wrong.code, wrong.complained.includes('write a time such as 90s')], [2, true]);
      const alone = await run('transfers', '--timeout', '1m');
      assert.deepEqual([alone.code, alone.complained.includes('belongs to --wait')], [2, true]);
      assert.equal((await run('transfers', 'cancel')).code, 2);
      assert.deepEqual(daemon.asked, []);
    });
  });

  describe('exit code', () => {
    const cases: readonly (readonly [FsError, number])[] = [
      [new FsError('EIO', 'broken'), 1],
      [new FsError('EINVAL', 'not that'), 2],
      [new FsError('ENOENT', 'no such folder', { reason: 'gone' }), 3],
      [new FsError('ENOTDIR', 'a file'), 3],
      [new FsError('EISDIR', 'a folder'), 4],
      [new FsError('EBUSY', 'in use'), 5],
      [new FsError('ETIMEDOUT', 'too slow', { reason: 'network' }), 5],
      [new FsError('EIO', 'called too often', { reason: 'throttle' }), 5],
      [new FsError('EACCES', 'not yours', { reason: 'refused' }), 6],
      [new FsError('EROFS', 'read-only'), 6],
      [new FsError('EACCES', 'log in again', { reason: 'login' }), 7],
    ];
    for (const [failure, expected] of cases) {
      it(`is ${expected} for ${failure.errno} ${failure.reason}`, async () => {
        daemon.failure = failure;
        const { code, said, complained } = await run('drives');
        assert.equal(code, expected);
        assert.equal(said, '');
        assert.equal(complained, `panfuse: ${failure.message}\n`);
      });
    }

    it('is 8 without a daemon, with what to do', async () => {
      await server.close();
      const { code, complained } = await run('status');
      assert.equal(code, 8);
      assert.match(
        complained,
        /^panfuse: no daemon is running \(nobody answers at .*control\.sock\)\nStart one with: panfuse run/,
      );
    });

    it('is 2 when the arguments are wrong, with where to look', async () => {
      const cases: readonly (readonly [readonly string[], string])[] = [
        [[], 'Say what to do, such as: panfuse status\nTry: panfuse --help'],
        [['statsu'], 'There is no such command. Did you mean status?\nTry: panfuse --help'],
        [['mount', 'films'], 'Too few words: 1 given, 2 needed\nTry: panfuse mount --help'],
        [['drives', '--jsno'], 'Unknown argument: jsno\nTry: panfuse drives --help'],
        [
          ['login', 'main', '--qr', '--code'],
          'Arguments qr and code are mutually exclusive\nTry: panfuse login --help',
        ],
      ];
      for (const [argv, words] of cases) {
        const { code, complained } = await run(...argv);
        assert.equal(code, 2);
        assert.equal(complained, `panfuse: ${words}\n`);
      }
    });
  });

  it('puts the error on standard output too with --json', async () => {
    daemon.failure = new FsError('EACCES', 'log in again', { reason: 'login' });
    const { json, complained } = await run('drives', '--json');
    assert.deepEqual(json, { error: { errno: 'EACCES', reason: 'login', message: 'log in again' } });
    assert.equal(complained, 'panfuse: log in again\n');
  });

  it('shows where an error came from with --verbose only', async () => {
    daemon.failure = new FsError('EIO', 'broken');
    assert.doesNotMatch((await run('drives')).complained, /\n {4}at /);
    assert.match((await run('drives', '--verbose')).complained, /\n {4}at /);
  });

  describe('help', () => {
    it('tells the options of the command before those of every command', async () => {
      const { said } = await run('login', '--help');
      assert.match(said, /\nOptions:\n {6}--qr .*\nFor every command:\n {6}--config /s);
    });

    it('of what can be done about transfers has not the options of their list', async () => {
      assert.match((await run('transfers', '--help')).said, /--drive .*--watch .*--timeout /s);
      const { said } = await run('transfers', 'retry', '--help');
      assert.match(said, /--drive /);
      assert.doesNotMatch(said, /--watch|--wait|--timeout/);
    });
  });

  it('says its version', async () => {
    assert.match((await run('--version')).said, /^\d+\.\d+\.\d+\n$/);
  });

  describe('config', () => {
    it('check says that it is right, or every mistake', async () => {
      assert.equal(
        (await run('config', 'check')).said,
        `${config} is right: 1 account, 2 drives, 0 mounts\n`,
      );
      writeFileSync(config, 'cach: {}\ndrives: { a: { account: x } }');
      const { code, complained } = await run('config', 'check');
      assert.equal(code, 2);
      assert.equal(complained, `panfuse: ${config}:1:1: cach: unknown key; did you mean cache?\n`);
    });

    it('show prints the file with defaults and without secrets', async () => {
      writeFileSync(
        config,
        'accounts: { main: { kind: 115-open, clientId: "1", refreshToken: "top-secret" } }',
        {
          mode: 0o600,
        },
      );
      const { said } = await run('config', 'show');
      assert.match(said, /refreshToken: \(hidden\)/);
      assert.match(said, /memory: 128MiB/);
      assert.doesNotMatch(said, /top-secret/);
    });

    it('path prints where it is looked for', async () => {
      assert.equal((await run('config', 'path')).said, `${config}\n`);
      assert.equal((await run('config', 'path', '--config', '/x.yaml')).said, '/x.yaml\n');
    });

    it('options lists every key with its default', async () => {
      const { said } = await run('config', 'options');
      assert.match(said, /^drives\.NAME\.listingTtl +24h +how long a listing counts as fresh$/m);
      assert.match(said, /^accounts\.NAME \(115-open\)\.calls\.perSecond +1/m);
    });

    it('says where it looked when there is none, with an example', async () => {
      const missing = join(directory, 'none.yaml');
      const { code, complained } = await run('config', 'check', '--config', missing);
      assert.equal(code, 2);
      assert.match(complained, new RegExp(`^panfuse: there is no configuration at ${missing}`));
      assert.match(complained, /drives:\n {2}films: /);
    });
  });
});
