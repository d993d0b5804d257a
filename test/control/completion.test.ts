import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { main } from '../../src/cli/main.js';
import type { ControlServer } from '../../src/control/server.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { FakeTerminal } from '../fakes/fake-terminal.js';
import { FakeDaemon, serveFakeDaemon } from './fake-daemon.js';

const execute = promisify(execFile);
const BREAKS = ' \t\n"\'><=;|&(:';

describe('completion', () => {
  let directory: string;
  let config: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-completion-'));
    config = join(directory, 'config.yaml');
    const socket = join(directory, 'control.sock');
    const drives = 'drives: { films: { account: main }, 纪录片: { account: main } }';
    const accounts = 'accounts: { main: { kind: 115-open, clientId: "1" } }';
    writeFileSync(config, [accounts, drives, `control: { socket: "${socket}" }`].join('\n'));
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), socket, daemon);
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  async function ask(
    argv: readonly string[],
    variables: Readonly<Record<string, string>> = { PANFUSE_CONFIG: config },
  ): Promise<readonly string[]> {
    const terminal = new FakeTerminal({ variables });
    assert.deepEqual([await main(argv, terminal), terminal.complained], [0, '']);
    return terminal.said.split('\n').filter((line) => line !== '');
  }

  const complete = (...words: readonly string[]): Promise<readonly string[]> =>
    ask(['--get-yargs-completions', 'panfuse', ...words]);
  const completeInBash = (line: string): Promise<readonly string[]> => ask(['--complete-bash', line, BREAKS]);

  it('offers verbs and options', async () => {
    assert.ok((await complete('un')).includes('unmount'));
    assert.ok((await complete('mount', '--')).includes('--read-ahead'));
    assert.deepEqual(await complete('config', ''), ['check', 'show', 'path', 'options']);
    assert.ok((await complete('transfers', '')).includes('resume'));
  });

  it('offers drives, mounts and accounts where they belong', async () => {
    assert.deepEqual(await complete('mount', ''), ['films:/', '纪录片:/']);
    assert.deepEqual(await complete('mount', '纪'), ['纪录片:/']);
    assert.deepEqual(await complete('unmount', '/m'), ['/mnt/films']);
    assert.deepEqual(await complete('umount', '/m'), ['/mnt/films']);
    assert.deepEqual(await complete('refresh', '-r', ''), ['films:/', '纪录片:/', '/mnt/films/']);
    assert.deepEqual(await complete('login', ''), ['main']);
    assert.deepEqual(await complete('transfers', 'retry', '8'), ['8d11c0de']);
    assert.deepEqual(await complete('log', 'level', 'd'), ['debug']);
    assert.deepEqual(await complete('completion', 'f'), ['fish']);
  });

  it('offers the folders of a drive, a level at a time', async () => {
    assert.deepEqual(await complete('mount', 'films:/'), ['films:/2026/', 'films:/My films/']);
    assert.deepEqual(await complete('mount', 'films:/2026/My'), ['films:/2026/My films/']);
    assert.deepEqual(daemon.asked, [
      'GET /v1/names {"folder":"films:/"}',
      'GET /v1/names {"folder":"films:/2026/"}',
    ]);
  });

  it('offers the values of options', async () => {
    assert.deepEqual(await complete('transfers', '--drive', 'f'), ['films']);
    assert.deepEqual(await complete('offline', 'list', '--drive', ''), ['films', '纪录片']);
    assert.deepEqual(await complete('mount', '--uid', '5', 'f'), ['films:/']);
    assert.deepEqual(await complete('events', '--type', 'offline.done,login.l'), ['offline.done,login.lost']);
  });

  it('leaves names of files to the shell', async () => {
    assert.deepEqual(await complete('mount', 'films:/', ''), []);
    assert.deepEqual(await complete('transfers', 'drop', '/mnt/'), []);
    assert.deepEqual(await complete('refresh', '/mnt/films/20'), []);
    assert.deepEqual(await complete('status', '--config', ''), []);
    assert.deepEqual(await complete('search', 'constructor', '/mnt/x'), []);
    assert.ok(!(await complete('constructor', '')).includes('films:/'));
  });

  it('reads the configuration that is typed', async () => {
    const words = ['panfuse', '--config', config, 'mount', 'f'];
    assert.deepEqual(await ask(['--get-yargs-completions', ...words], {}), ['films:/']);
  });

  it('offers what it can, and says nothing, without a daemon', async () => {
    await server.close();
    assert.deepEqual(await complete('unmount', ''), []);
    assert.deepEqual(await complete('refresh', ''), ['films:/', '纪录片:/']);
    assert.deepEqual(await complete('mount', 'films:/'), []);
  });

  it('writes colons for zsh, where they would begin a description', async () => {
    const zsh = { PANFUSE_CONFIG: config, SHELL: 'zsh' };
    assert.deepEqual(await ask(['--get-yargs-completions', 'panfuse', 'mount', 'f'], zsh), ['films\\:/']);
  });

  it('gives bash what stands behind the colon', async () => {
    assert.deepEqual(await completeInBash('panfuse mount films:/'), ['/2026/', '/My\\ films/']);
    assert.deepEqual(await completeInBash('panfuse mount "films:/My'), ['films:/My films/']);
    assert.deepEqual(await completeInBash('panfuse unm'), ['unmount']);
    assert.deepEqual(await completeInBash('panfuse config '), ['check', 'show', 'path', 'options']);
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`has a script for ${shell}, by name and by $SHELL`, async () => {
      const [named, byVariable] = [
        await ask(['completion', shell]),
        await ask(['completion'], { SHELL: `/usr/bin/${shell}` }),
      ];
      assert.deepEqual(named, byVariable);
      assert.match(named.join('\n'), /panfuse/);
    });
  }

  it('has no script for another shell', async () => {
    const terminal = new FakeTerminal();
    assert.equal(await main(['completion', 'tcsh'], terminal), 2);
    assert.equal(
      terminal.complained,
      'panfuse: there is no completion for tcsh: write one of bash, zsh, fish\n',
    );
  });

  it('is what bash puts for a word that is typed', async () => {
    const script = (await ask(['completion', 'bash'])).join('\n');
    // What readline does: it sets these, calls the function, and puts COMPREPLY for the last of the words.
    const typed = [
      'panfuse() { printf "%s\\n" "/2026/" "/My\\\\ films/"; }',
      script,
      `COMP_WORDBREAKS=$' \\t\\n:'; COMP_LINE='panfuse mount films:/'; COMP_POINT=\${#COMP_LINE}`,
      `COMP_WORDS=(panfuse mount films : /); COMP_CWORD=4`,
      '_panfuse; printf "<%s>" "${COMPREPLY[@]}"; complete -p panfuse',
    ].join('\n');
    const { stdout } = await execute('bash', ['-c', typed]);
    assert.equal(stdout, '</2026/></My\\ films/>complete -o bashdefault -o default -F _panfuse panfuse\n');
  });
});
