import assert from 'node:assert/strict';
import { folderView } from '../../../src/vfs/folder-view.js';
import { callOf } from '../../fakes/calls.js';
import { FakeTree } from '../../fakes/fake-drive.js';

describe('folderView', () => {
  it('is the tree itself for the root', async () => {
    const tree = new FakeTree();
    assert.equal(await folderView(tree, '/', callOf()), tree);
  });

  it('resolves paths below the folder', async () => {
    const tree = new FakeTree();
    const file = tree.addFile('/films/2024/a.mkv', 10);
    tree.addFile('/a.mkv', 20);
    const view = await folderView(tree, '/films/', callOf());
    assert.equal(view.root.name, 'films');
    assert.equal(await view.resolve('/2024/a.mkv', callOf()), file);
    await assert.rejects(view.resolve('/a.mkv', callOf()), { errno: 'ENOENT' });
    assert.deepEqual(
      (await view.list(view.root, callOf())).map(({ name }) => name),
      ['2024'],
    );
  });

  it('tells changes inside the folder alone, as paths of the view', async () => {
    const tree = new FakeTree();
    tree.addFile('/films/a.mkv', 10);
    const view = await folderView(tree, '/films', callOf());
    const heard: string[] = [];
    const stop = view.onChange(({ paths }) => heard.push(...paths));
    tree.tell('/films/a.mkv', '/films2/b.mkv', '/music');
    tree.tell('/music');
    stop();
    tree.tell('/films/c.mkv');
    assert.deepEqual(heard, ['/a.mkv']);
  });

  it('refuses what is not a folder', async () => {
    const tree = new FakeTree();
    tree.addFile('/a.mkv', 10);
    await assert.rejects(folderView(tree, '/a.mkv', callOf()), { errno: 'ENOTDIR' });
    await assert.rejects(folderView(tree, '/none', callOf()), { errno: 'ENOENT' });
  });
});
