import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareMountPoint } from '../../../src/fuse/mount-point.js';
import { parseMountInfo } from '../../../src/fuse/mount-table.js';
import { startFailure } from '../../../src/fuse/start-failure.js';
import { fakeEnv } from '../../fakes/fake-env.js';

describe('prepareMountPoint', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'panfuse-point-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('creates what is missing', async () => {
    const path = join(folder, 'a', 'b');
    assert.equal(await prepareMountPoint(fakeEnv(), path), path);
    assert.ok(statSync(path).isDirectory());
  });

  it('follows symbolic links', async () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    assert.equal(await prepareMountPoint(fakeEnv(), join(folder, 'link')), join(folder, 'real'));
  });

  it('refuses a file with ENOTDIR, also on the way', async () => {
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(prepareMountPoint(fakeEnv(), join(folder, 'file')), {
      errno: 'ENOTDIR',
      message: /is not a directory/,
    });
    await assert.rejects(prepareMountPoint(fakeEnv(), join(folder, 'file', 'below')), { errno: 'ENOTDIR' });
  });

  it('refuses a mount point of another file system and says where to mount', async () => {
    await assert.rejects(prepareMountPoint(fakeEnv(), '/proc'), {
      errno: 'EBUSY',
      message: /\/proc is itself a mount point \(proc\); mount one level below/,
    });
  });

  it('warns that a directory which is not empty will be hidden', async () => {
    writeFileSync(join(folder, 'file'), '');
    const env = fakeEnv();
    await prepareMountPoint(env, folder);
    assert.deepEqual(
      env.log.lines.map(({ level }) => level),
      ['warn'],
    );
  });
});

describe('parseMountInfo', () => {
  it('reads paths with blanks and lines with and without optional fields', () => {
    const text = [
      '22 1 0:21 / /proc rw,nosuid - proc proc rw',
      '36 35 98:0 /mnt1 /mnt/a\\040b\\134c rw,noatime master:1 shared:7 - fuse.panfuse films\\040all rw,user_id=0',
      '',
    ].join('\n');
    assert.deepEqual(parseMountInfo(text), [
      { path: '/proc', device: '0:21', type: 'proc', source: 'proc' },
      { path: '/mnt/a b\\c', device: '98:0', type: 'fuse.panfuse', source: 'films all' },
    ]);
  });
});

describe('startFailure', () => {
  const failures: readonly (readonly [string, string, RegExp])[] = [
    ['EFUSEHELPER', 'EIO', /apt install fuse3/],
    ['EFUSEDEVICE', 'EACCES', /\/dev\/fuse/],
    ['EFUSEALLOWOTHER', 'EPERM', /"user_allow_other" in \/etc\/fuse\.conf/],
    ['EOTHER', 'EIO', /\/mnt\/films could not be mounted: the binding said so/],
  ];
  for (const [code, errno, words] of failures) {
    it(`${code} is ${errno} and says what to do`, () => {
      const error = startFailure('/mnt/films', Object.assign(new Error('the binding said so'), { code }));
      assert.equal(error.errno, errno);
      assert.match(error.message, words);
    });
  }
});
