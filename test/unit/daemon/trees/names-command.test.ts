import assert from 'node:assert/strict';
import { namesCommand } from '../../../../src/daemon/trees/names-command.js';
import { FsError } from '../../../../src/lib/errors.js';
import type { FolderName } from '../../../../src/lib/names-protocol.js';
import type { Tree } from '../../../../src/metadata/tree.js';
import { directoryEntry, fileEntry } from '../../metadata/entries.js';
import { TreeHouse } from '../../metadata/tree-house.js';

describe('names command', () => {
  let house: TreeHouse;
  let tree: Tree;

  beforeEach(async () => {
    house = new TreeHouse();
    house.driver.content.set('0', [directoryEntry('1', '新片'), fileEntry('2', 'b.mkv')]);
    house.driver.content.set('1', [fileEntry('3', 'a b.mkv', { parentId: '1' })]);
    tree = await house.open();
  });
  afterEach(() => house.demolish());

  async function names(folder: string): Promise<readonly FolderName[]> {
    const locate = (path: string) =>
      Promise.resolve({ drive: { tree }, path: path.replace('/mnt/films', '') });
    const command = namesCommand({ drives: { open: () => Promise.resolve({ tree }) }, mounts: { locate } });
    const context = { signal: new AbortController().signal, progress: () => undefined };
    return await command.run({ folder }, context);
  }

  it('answers what is in a folder, sorted, however it is named', async () => {
    const top = [
      { name: 'b.mkv', kind: 'file' },
      { name: '新片', kind: 'directory' },
    ];
    assert.deepEqual(await names('films:/'), top);
    assert.deepEqual(await names('/mnt/films'), top);
    assert.deepEqual(await names('films:/新片'), [{ name: 'a b.mkv', kind: 'file' }]);
    assert.deepEqual(await names('films:/新片/'), [{ name: 'a b.mkv', kind: 'file' }]);
  });

  it('rejects with ENOTDIR for a file, and ENOENT for nothing', async () => {
    const fails = (errno: string) => (error: unknown) => error instanceof FsError && error.errno === errno;
    await assert.rejects(names('films:/b.mkv'), fails('ENOTDIR'));
    await assert.rejects(names('films:/none'), fails('ENOENT'));
  });
});
