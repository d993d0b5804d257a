import assert from 'node:assert/strict';
import type { WritableDrive } from '../../../../src/daemon/making/place.js';
import { removeSource } from '../../../../src/daemon/making/moved-sources.js';
import type { FileEntry } from '../../../../src/driver/entry.js';
import { callOf } from '../../../fakes/calls.js';
import { FakeTree } from '../../../fakes/fake-drive.js';

describe('sources of a move', () => {
  const from = 'films:/Show/a.mkv';
  let tree: FakeTree;
  let entry: FileEntry;
  let removed: readonly string[];
  let changed: readonly string[];

  beforeEach(() => {
    tree = new FakeTree();
    ({ entry } = tree.addFile('/Show/a.mkv', 5));
    removed = [];
    changed = [];
  });

  const drive = (): WritableDrive => {
    const writes = {
      local: (id: string) => (changed.includes(id) ? {} : null),
      remove: (_entry: FileEntry, path: string) => {
        removed = [...removed, path];
        return Promise.resolve();
      },
    };
    return { name: 'films', tree, writes } as unknown as WritableDrive;
  };

  it('go when they are as they were', async () => {
    await removeSource(drive(), { entry, from }, callOf());
    assert.deepEqual(removed, ['/Show/a.mkv']);
  });

  it('stay when something else has their place by now', async () => {
    tree.remove('/Show/a.mkv');
    tree.addFile('/Show/a.mkv', 6);
    const words = { errno: 'ESTALE', message: /a\.mkv was changed meanwhile: it stays/ };
    await assert.rejects(removeSource(drive(), { entry, from }, callOf()), words);
    assert.deepEqual(removed, []);
  });

  it('stay when a program has written to them', async () => {
    changed = [entry.id];
    await assert.rejects(removeSource(drive(), { entry, from }, callOf()), { errno: 'ESTALE' });
    assert.deepEqual(removed, []);
  });

  it('that are gone are nobody’s loss', async () => {
    tree.remove('/Show/a.mkv');
    await removeSource(drive(), { entry, from }, callOf());
    assert.deepEqual(removed, []);
  });
});
