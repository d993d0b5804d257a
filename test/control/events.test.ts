import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.js';
import { connectControl } from '../../src/control/client.js';
import { type ControlServer, startControlServer } from '../../src/control/server.js';
import type { Command } from '../../src/lib/command.js';
import type { DaemonEvent } from '../../src/lib/event-protocol.js';
import { FsError } from '../../src/lib/errors.js';
import { settle } from '../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv } from '../fakes/fake-env.js';
import { FakeTerminal } from '../fakes/fake-terminal.js';
import { commandOf, FakeDaemon, serveFakeDaemon } from './fake-daemon.js';
import { EVENTS } from './fake-events.js';

const MIB = 1024 * 1024;

describe('events on the control socket', () => {
  let directory: string;
  let path: string;
  let env: FakeEnv;
  let server: ControlServer;
  /** Tell all who listen. */
  const listeners = new Set<(event: DaemonEvent) => void>();

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-events-'));
    path = join(directory, 'control.sock');
    env = fakeEnv();
    server = await startControlServer(env, { path, commands: [feed()] });
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  /** A feed that a test fills. */
  function feed(): Command {
    const run: Command['run'] = async (_input, { signal, progress }) => {
      listeners.add(progress);
      progress({ type: 'heartbeat', at: 0 });
      await once(signal, 'abort');
      listeners.delete(progress);
      signal.throwIfAborted();
    };
    return { ...commandOf('events', run, undefined, 'GET'), answer: 'events' };
  }

  const tell = (event: DaemonEvent): void => listeners.forEach((listener) => listener(event));

  const tree = (length: number): DaemonEvent => {
    return { type: 'tree.changed', at: 1, drive: 'films', paths: ['x'.repeat(length)], more: 0 };
  };

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await settle();
  }

  /** Listens until the test has ended. */
  function follow(): { readonly heard: DaemonEvent[]; readonly ended: Promise<unknown>; leave(): void } {
    const heard: DaemonEvent[] = [];
    const abort = new AbortController();
    const ended = connectControl(path)
      .follow({}, { signal: abort.signal, onEvent: (event) => heard.push(event) })
      .catch((error: unknown) => error);
    return { heard, ended, leave: () => abort.abort(new FsError('EINTR', 'enough')) };
  }

  it('come at once, a line each, to all who listen', async () => {
    const [one, two] = [follow(), follow()];
    await until(() => one.heard.length === 1 && two.heard.length === 1);
    tell(tree(3));
    await until(() => one.heard.length === 2 && two.heard.length === 2);
    assert.deepEqual(one.heard, [{ type: 'heartbeat', at: 0 }, tree(3)]);
    one.leave();
    assert.equal(((await one.ended) as FsError).message, 'enough');
    await until(() => listeners.size === 1);
    two.leave();
    await until(() => listeners.size === 0);
  });

  it('cut off who does not read them, and nobody else', async () => {
    const quick = follow();
    const slow = connect(path);
    slow.write('GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n');
    slow.pause();
    await until(() => listeners.size === 2);
    for (let sent = 0; listeners.size === 2 && sent < 64; sent += 1) {
      tell(tree(MIB));
      const expected = sent + 2;
      await until(() => quick.heard.length === expected);
    }
    assert.equal(listeners.size, 1);
    assert.deepEqual(
      env.log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message),
      ['a listener read too slowly and was cut off'],
    );
    tell(tree(1));
    await until(() => quick.heard.at(-1)?.type === 'tree.changed');
    slow.destroy();
    quick.leave();
    await quick.ended;
  });

  it('end with the reason when the daemon stops', async () => {
    const { heard, ended } = follow();
    await until(() => heard.length === 1);
    await server.close();
    const error = (await ended) as FsError;
    assert.deepEqual([error.errno, error.message], ['EINTR', 'the daemon is stopping']);
  });

  it('are refused as JSON when the question is wrong', async () => {
    const refusal = new FsError('EINVAL', 'no such event', { expected: true });
    const run: Command['run'] = () => Promise.reject(refusal);
    await server.close();
    const wrong = { ...commandOf('events', run, undefined, 'GET'), answer: 'events' } as const;
    server = await startControlServer(env, { path, commands: [wrong] });
    const { ended } = follow();
    assert.equal(((await ended) as FsError).message, 'no such event');
  });
});

describe('command line of events', () => {
  let directory: string;
  let server: ControlServer;
  let daemon: FakeDaemon;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-events-'));
    const socket = join(directory, 'control.sock');
    writeFileSync(join(directory, 'config.yaml'), `control: { socket: "${socket}" }\n`);
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), socket, daemon);
  });

  after(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  async function run(...argv: readonly string[]) {
    const variables = { PANFUSE_CONFIG: join(directory, 'config.yaml') };
    const terminal = new FakeTerminal({ variables });
    return Object.assign(terminal, { code: await main(['events', ...argv], terminal) });
  }

  it('shows a line each, and says when the daemon has gone', async () => {
    const { code, said, complained } = await run();
    assert.equal(code, 8);
    assert.match(said, /^\d\d:\d\d:\d\d {2}upload\.done +films:\/2026\/新片\.mkv \(4\.00 GiB\)\n/);
    assert.match(said, /\n\d\d:\d\d:\d\d {2}offline\.done +main 新片\.iso\n/);
    assert.match(said, /\n\d\d:\d\d:\d\d {2}tree\.changed +films:\/2026\/新片\.iso\n$/);
    assert.match(complained, /^panfuse: the daemon has ended\n/);
  });

  it('gives programs the events as they are, without heartbeats', async () => {
    const { said } = await run('--json');
    const lines = said.trimEnd().split('\n');
    const events = lines.slice(0, 3).map((line) => JSON.parse(line) as unknown);
    assert.deepEqual(events, EVENTS.slice(1));
  });

  it('asks for the types that are named', async () => {
    await run('--type', 'upload.done,offline');
    assert.equal(daemon.asked.at(-1), 'GET /v1/events {"types":"upload.done,offline"}');
  });

  it('shows in its help how to run a script when an upload ends', async () => {
    const { said } = await run('--help');
    assert.match(
      said,
      /panfuse events --type upload\.done --json \| while +run a script when an upload ends/,
    );
  });
});
