import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../../../scripts/patch-binding.js', import.meta.url));
const INSTALLED = fileURLToPath(new URL('../../../node_modules/fuse-native', import.meta.url));

async function patchBinding(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, ...args]);
  return stdout.trim();
}

describe('the patch of the FUSE binding', () => {
  let folder: string;
  const source = (): string => join(folder, 'fuse-native.c');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'panfuse-binding-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is in the binding that loads', async () => {
    assert.equal(await patchBinding('--check'), 'patched', 'run scripts/install');
  });

  it('is found missing in a binding built without it', async () => {
    assert.equal(await patchBinding('--check', folder), 'unpatched');
    await mkdir(join(folder, 'build/Release'), { recursive: true });
    await writeFile(join(folder, 'build/Release/fuse.node'), 'built from the plain source');
    assert.equal(await patchBinding('--check', folder), 'unpatched');
  });

  it('changes a source only once', async () => {
    await copyFile(join(INSTALLED, 'fuse-native.c'), source());
    await patchBinding(folder);
    const once = await readFile(source(), 'utf8');
    assert.equal(once.split('FUSE_FILL_DIR_PLUS').length, 2);
    await patchBinding(folder);
    assert.equal(await readFile(source(), 'utf8'), once);
  });

  it('leaves an unknown source alone and says so', async () => {
    await writeFile(source(), 'int main(void) { return 0; }');
    await assert.rejects(patchBinding(folder), { code: 3, stderr: /not the source/ });
    assert.equal(await readFile(source(), 'utf8'), 'int main(void) { return 0; }');
  });
});
