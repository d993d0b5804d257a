import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.js';
import type { ControlServer } from '../../src/control/server.js';
import { settle } from '../fakes/fake-clock.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { FakeTerminal } from '../fakes/fake-terminal.js';
import { FakeDaemon, serveFakeDaemon } from './fake-daemon.js';

const ESCAPE = '\u001b[';

describe('status --watch', () => {
  let directory: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-watch-'));
    const socket = join(directory, 'control.sock');
    writeFileSync(join(directory, 'config.yaml'), `control: { socket: "${socket}" }`);
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), socket, daemon);
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  function terminalOf(isTTY: boolean, variables: Readonly<Record<string, string>> = {}): FakeTerminal {
    return new FakeTerminal({
      isTTY,
      variables: { PANFUSE_CONFIG: join(directory, 'config.yaml'), ...variables },
    });
  }

  /** Looks three times, and then Ctrl-C. */
  async function watch(terminal: FakeTerminal, ...argv: readonly string[]): Promise<number> {
    const running = main(['status', '--watch', ...argv], terminal);
    for (let looks = 1; looks <= 3; looks += 1) {
      while (daemon.asked.length < looks || terminal.clock.waiting === 0) await settle();
      if (looks < 3) await terminal.clock.advance(2000);
    }
    terminal.interrupt();
    return await running;
  }

  it('draws in place, in one piece each, and gives the terminal back with the last page', async () => {
    const terminal = terminalOf(true);
    assert.equal(await watch(terminal), 130);
    const pages = terminal.said.split(`${ESCAPE}H`);
    assert.equal(pages.length, 4);
    assert.equal(pages[0], `${ESCAPE}?1049h${ESCAPE}?25l${ESCAPE}?7l`);
    // What was drawn is never cleared before it is drawn over.
    assert.doesNotMatch(terminal.said, new RegExp(`${ESCAPE.replace('[', '\\[')}2J`));
    const [last = '', left = ''] = (pages[3] ?? '').split(`${ESCAPE}?7h${ESCAPE}?25h${ESCAPE}?1049l`);
    assert.match(last, /panfuse 0\.1\.0, process 4242, up for 4s/);
    assert.match(left, /^panfuse 0\.1\.0, process 4242, up for 4s/);
  });

  it('shows what there is room for, and how much more there is', async () => {
    const terminal = terminalOf(true);
    Object.assign(terminal.output, { rows: 5 });
    await watch(terminal);
    const [, page = ''] = terminal.said.split(`${ESCAPE}H`);
    const lines = page.split('\r\n');
    assert.equal(lines.length, 5);
    assert.match(lines[4] ?? '', /^… \d+ lines more/);
  });

  it('is plain where nothing can be drawn over', async () => {
    for (const terminal of [terminalOf(false), terminalOf(true, { TERM: 'dumb' })]) {
      daemon.asked.length = 0;
      await watch(terminal);
      assert.doesNotMatch(terminal.said, new RegExp(ESCAPE.replace('[', '\\[')));
      assert.equal(terminal.said.split(/^panfuse 0\.1\.0/m).length, 4);
    }
  });

  it('is a document a line with --json', async () => {
    const terminal = terminalOf(true);
    await watch(terminal, '--json');
    const lines = terminal.said.trimEnd().split('\n');
    assert.deepEqual(JSON.parse(lines[2] ?? ''), daemon.status());
    assert.equal(lines.filter((line) => line.startsWith('{"version"')).length, 3);
  });

  it('ends, with the terminal given back, when the daemon does', async () => {
    const terminal = terminalOf(true);
    const running = main(['status', '--watch'], terminal);
    while (daemon.asked.length < 1 || terminal.clock.waiting === 0) await settle();
    await server.close();
    await terminal.clock.advance(2000);
    assert.equal(await running, 8);
    assert.match(terminal.said, /\?1049l/);
  });

  it('takes an interval, which nothing else does', async () => {
    const terminal = terminalOf(false);
    assert.equal(await main(['status', '--watch', '--interval', '1ms'], terminal), 2);
    assert.match(terminal.complained, /--interval: write a time of at least 200ms/);
    assert.equal(await main(['status', '--interval', '5s'], terminal), 2);
    assert.match(terminal.complained, /--interval belongs to --watch/);
  });
});
