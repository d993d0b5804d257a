import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { abortMounts } from './daemon/watchdog.js';
import { run } from './programs.js';

const PROGRAM = fileURLToPath(new URL('unanswered-process.ts', import.meta.url));

describe('process that is killed while it tells the kernel of a change', function () {
  this.timeout(60_000);
  let folder: string;
  let mountPoint: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'panfuse-killed-'));
    mountPoint = join(folder, 'mount');
    mkdirSync(mountPoint);
  });
  afterEach(() => {
    // Also frees a process that hangs in its own mount.
    abortMounts(folder);
    rmSync(folder, { recursive: true });
  });

  it('ends, and its mount says so instead of hanging', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, mountPoint], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = createInterface(child.stdout)[Symbol.asyncIterator]();
    assert.deepEqual([(await said.next()).value, (await said.next()).value], ['mounted', 'asked']);
    const gone = once(child, 'exit').then(() => 'gone');
    child.kill('SIGKILL');
    assert.equal(await Promise.race([gone, delay(5000, 'hangs')]), 'gone');
    const { stderr } = await run('stat', mountPoint);
    assert.match(stderr, /not connected/);
  });
});
