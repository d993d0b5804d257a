import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectControl } from '../../src/control/client.js';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Does what systemd does for a socket unit: opens the socket, and becomes the service. */
const ACTIVATE = `
import os, socket, sys
path, *command = sys.argv[1:]
listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
os.chmod(path, 0o600)
listening.listen()
os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='panfuse.socket')
os.execvp(command[0], command)
`;

describe('daemon with a socket of systemd', function () {
  this.timeout(30_000);
  let folder: string;
  let socket: string;
  let daemon: ChildProcess | null = null;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'panfuse-activated-'));
    socket = join(folder, 'handed-on.sock');
    const config = {
      state: { path: join(folder, 'state') },
      cache: { path: join(folder, 'cache') },
      control: { socket },
    };
    writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config), { mode: 0o600 });
  });
  after(() => {
    daemon?.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('answers on it from the first moment, and leaves it where it is', async () => {
    const words = ['-c', ACTIVATE, socket, PROGRAM, 'run', '--config', join(folder, 'config.yaml')];
    const child = spawn('python3', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    daemon = child;
    for await (const line of createInterface(child.stderr)) if (/ info ready /.test(line)) break;
    const { pid } = await connectControl(socket).call('GET /v1/status', {});
    assert.equal(pid, child.pid);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    assert.ok(existsSync(socket));
  });
});
