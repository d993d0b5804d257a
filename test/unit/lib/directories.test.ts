import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectories } from '../../../src/lib/directories.js';

describe('makeDirectories', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'panfuse-directories-'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('makes all that are missing, with the mode, and takes what is there', async () => {
    const path = join(root, 'a/b/c');
    await makeDirectories(path, 0o700);
    await makeDirectories(path, 0o755);
    assert.equal(statSync(join(root, 'a')).mode & 0o777, 0o700);
    assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  it('makes the same one for many at once', async () => {
    const path = join(root, 'a/b/c');
    await Promise.all(Array.from({ length: 8 }, () => makeDirectories(path)));
    assert.ok(statSync(path).isDirectory());
  });

  it('refuses a file and what would be inside one, and a link that leads nowhere', async () => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'nowhere'), join(root, 'link'));
    for (const path of ['file', 'file/inside', 'link'])
      await assert.rejects(makeDirectories(join(root, path)), { code: 'EEXIST' }, path);
  });

  it('ends where the system makes no directories', async () => {
    await assert.rejects(makeDirectories('/proc/panfuse/mount'), (error: NodeJS.ErrnoException) =>
      ['ENOENT', 'EACCES'].includes(error.code ?? ''),
    );
  });
});
