import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlServer, startControlServer } from '../../src/control/server.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { commandOf } from './fake-daemon.js';

const NOBODY = '65534';
const MEDIA = '54321';

describe('control socket and other users', () => {
  let directory: string;
  let path: string;
  let server: ControlServer | null = null;

  before(function () {
    // Only root may become somebody else.
    if (process.getuid?.() !== 0) this.skip();
  });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-permission-'));
    // Only the socket itself stands in the way.
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, 'run'), { mode: 0o755 });
    path = join(directory, 'run', 'control.sock');
  });

  afterEach(async () => {
    await server?.close();
    rmSync(directory, { recursive: true });
  });

  async function start(group: string | null): Promise<void> {
    const hello = commandOf('hello', () => Promise.resolve('hello'), undefined, 'GET');
    server = await startControlServer(fakeEnv(), { path, commands: [hello], group });
  }

  /** What another user is answered: the body, or the word of curl for why there is none. */
  async function askAs(user: string, group: string): Promise<string> {
    const who = ['--reuid', user, '--regid', group, '--clear-groups'];
    const curl = ['curl', '-sS', '--max-time', '5', '--unix-socket', path, 'http://localhost/v1/hello'];
    return await new Promise((resolve) => {
      execFile('setpriv', [...who, ...curl], (error, stdout) => {
        resolve(error === null ? stdout.trim() : `refused (${String(error.code)})`);
      });
    });
  }

  it('lets nobody in but its owner', async () => {
    await start(null);
    assert.equal(await askAs('0', '0'), '"hello"');
    // 7: curl could not connect.
    assert.equal(await askAs(NOBODY, NOBODY), 'refused (7)');
    assert.equal(await askAs(NOBODY, '0'), 'refused (7)');
  });

  it('lets members of its group in, and nobody else', async () => {
    await start(MEDIA);
    assert.equal(await askAs(NOBODY, MEDIA), '"hello"');
    assert.equal(await askAs(NOBODY, NOBODY), 'refused (7)');
  });

  it('is private whatever the umask is, and leaves the umask as it was', async () => {
    const before = process.umask(0);
    let after = before;
    await start(null).finally(() => {
      after = process.umask(before);
    });
    assert.equal(after, 0);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
});
