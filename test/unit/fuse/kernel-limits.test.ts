import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { raiseKernelLimits } from '../../../src/fuse/kernel-limits.js';
import { fakeEnv } from '../../fakes/fake-env.js';

describe('raiseKernelLimits', () => {
  let sys: string;
  const file = (path: string): string => join(sys, path);
  beforeEach(() => {
    sys = mkdtempSync(join(tmpdir(), 'panfuse-sys-'));
    mkdirSync(file('fs/fuse/connections/45'), { recursive: true });
    mkdirSync(file('class/bdi/0:45'), { recursive: true });
    writeFileSync(file('fs/fuse/connections/45/max_background'), '12\n');
    writeFileSync(file('fs/fuse/connections/45/congestion_threshold'), '9\n');
    writeFileSync(file('class/bdi/0:45/read_ahead_kb'), '128\n');
  });
  afterEach(() => rmSync(sys, { recursive: true }));

  it('raises what the kernel does at once and how far it reads ahead', async () => {
    const env = fakeEnv();
    const limits = await raiseKernelLimits(env, '0:45', 256 * 1024, sys);
    assert.deepEqual(limits, { background: 48, readAhead: 256 * 1024 });
    assert.equal(readFileSync(file('fs/fuse/connections/45/congestion_threshold'), 'utf8'), '36');
    assert.deepEqual(env.log.lines, []);
  });

  it('tells what stands where it may not write', async () => {
    rmSync(file('fs/fuse/connections/45/max_background'));
    mkdirSync(file('fs/fuse/connections/45/max_background'));
    const env = fakeEnv();
    const limits = await raiseKernelLimits(env, '0:45', 256 * 1024, sys);
    assert.deepEqual(limits, { background: null, readAhead: 256 * 1024 });
    assert.match(env.log.lines[0]?.message ?? '', /12 reads at once, 256 KiB read ahead/);
  });
});
