import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.js';
import { type ControlServer, startControlServer } from '../../src/control/server.js';
import type { CheckName, Finding } from '../../src/lib/doctor-protocol.js';
import { FsError } from '../../src/lib/errors.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { FakeTerminal } from '../fakes/fake-terminal.js';
import { commandOf, FakeDaemon, serveFakeDaemon } from './fake-daemon.js';
import { FINDINGS } from './fake-doctor.js';

describe('command line when something is wrong', function () {
  // Mounts of this machine that do not answer are waited for.
  this.timeout(30_000);
  let directory: string;
  let config: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-doctor-'));
    config = join(directory, 'config.yaml');
    const socket = join(directory, 'control.sock');
    const folders = `state: { path: "${directory}/state" }\ncache: { path: "${directory}/cache" }`;
    writeFileSync(config, `control: { socket: "${socket}" }\n${folders}`);
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), socket, daemon);
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  async function run(...argv: readonly string[]): Promise<FakeTerminal & { readonly code: number }> {
    const terminal = new FakeTerminal({ variables: { PANFUSE_CONFIG: config } });
    const code = await main(argv, terminal);
    return Object.assign(terminal, { code });
  }

  function failed(check: CheckName): Finding {
    return { check, subject: 'main', level: 'fail', message: 'it is broken', advice: 'mend it' };
  }

  describe('doctor', () => {
    it('tells a line for each finding, and below it what to do', async () => {
      const { code, said } = await run('doctor');
      assert.equal(code, 0);
      assert.deepEqual(said.split('\n'), [
        'ok    fuse    /dev/fuse: is there and open to this user',
        'warn  kernel  /mnt/films: only 12 reads at once',
        '      → echo 48 | sudo tee /sys/fs/fuse/connections/52/max_background',
        '',
        '2 checks: 0 failures, 1 warning.',
        '',
      ]);
    });

    it('is the JSON of the daemon with --json, whatever it finds', async () => {
      daemon.findings = [...FINDINGS, failed('disk')];
      const { code, said, json } = await run('doctor', '--json');
      assert.equal(code, 1);
      assert.deepEqual(json, daemon.findings);
      assert.equal(said.split('\n').length, 2);
    });

    for (const [check, expected] of [
      ['fuse', 1],
      ['config', 2],
      ['dns', 5],
      ['login', 7],
    ] as const) {
      it(`ends with ${expected} when ${check} fails`, async () => {
        daemon.findings = [failed(check)];
        const { code, said, complained } = await run('doctor');
        assert.equal(code, expected);
        assert.match(said, /it is broken\n {6}→ mend it\n\n1 check: 1 failure, 0 warnings\.\n$/);
        assert.equal(complained, '');
      });
    }

    it('looks by itself when no daemon runs', async () => {
      await server.close();
      const { code, json } = await run('doctor', '--json');
      const findings = json as readonly Finding[];
      const checks = new Set(findings.map(({ check }) => check));
      for (const check of ['config', 'program', 'daemon', 'fuse', 'kernel', 'disk'] as const)
        assert.ok(checks.has(check), check);
      const socket = findings.find(({ check }) => check === 'daemon');
      assert.equal(socket?.message, 'no daemon is running');
      // What of this machine fails is its own affair.
      assert.equal(
        code === 0,
        findings.every(({ level }) => level !== 'fail'),
      );
    });

    it('looks by itself, and says so, when the daemon cannot be asked', async () => {
      daemon.failure = new FsError('EIO', 'the daemon is confused');
      const { code, json } = await run('doctor', '--json');
      const [first, ...rest] = json as readonly Finding[];
      assert.deepEqual(
        [code, first?.check, first?.level, first?.message],
        [1, 'daemon', 'fail', 'the daemon is confused'],
      );
      assert.ok(rest.length > 5);
    });
  });

  it('doctor looks by itself, and says so, when the daemon is silent', async () => {
    await server.close();
    const asked = new EventEmitter();
    const whenAsked = once(asked, 'asked');
    const silent = commandOf(
      'doctor',
      async (_input, { signal }) => {
        asked.emit('asked');
        await once(signal, 'abort');
      },
      undefined,
      'GET',
    );
    server = await startControlServer(fakeEnv(), {
      path: join(directory, 'control.sock'),
      commands: [silent],
    });
    const terminal = new FakeTerminal({ variables: { PANFUSE_CONFIG: config } });
    const running = main(['doctor', '--json'], terminal);
    await whenAsked;
    await terminal.clock.advance(20_000);
    assert.equal(await running, 1);
    const [first] = terminal.json as readonly Finding[];
    assert.equal(first?.message, 'the daemon does not answer');
  });

  describe('log level', () => {
    it('shows and changes how much is logged', async () => {
      assert.equal((await run('log', 'level')).said, 'info\n');
      assert.equal(
        (await run('log', 'level', 'debug')).said,
        'debug (info in the configuration), until the daemon ends\n',
      );
      assert.deepEqual((await run('log', 'level', '--json')).json, { level: 'debug', configured: 'info' });
    });

    it('refuses what is no level without asking', async () => {
      const { code, complained } = await run('log', 'level', 'loud');
      assert.equal(code, 2);
      assert.equal(complained, 'panfuse: loud: write one of error, warn, info, debug\n');
      assert.deepEqual(daemon.asked, []);
    });
  });
});
