import assert from 'node:assert/strict';
import { RecycleBins } from '../../../../src/daemon/trash/trash.js';
import type { DirectoryEntry } from '../../../../src/driver/entry.js';
import { MemoryCloud } from '../../../../src/drivers/memory/cloud.js';
import { patternContent } from '../../../../src/drivers/memory/content.js';
import { MemoryDriver } from '../../../../src/drivers/memory/driver.js';
import { ROOT_ID } from '../../../../src/drivers/memory/tree.js';
import type { Tree } from '../../../../src/metadata/tree.js';
import { callOf } from '../../../fakes/calls.js';
import { namesIn, TreeHouse } from '../../metadata/tree-house.js';

/** Milliseconds for which something new is missing from listings. */
const LAG = 2000;

describe('the recycle bins of accounts', () => {
  let house: TreeHouse;
  let cloud: MemoryCloud;
  let tree: Tree;
  let folder: DirectoryEntry;
  let bins: RecycleBins;

  beforeEach(async () => {
    house = new TreeHouse();
    cloud = new MemoryCloud(house.env, { listingLag: LAG });
    folder = cloud.addDirectory(ROOT_ID, '2026');
    for (const name of ['a.mkv', 'b.mkv']) cloud.addFile(folder.id, name, patternContent(7, 1000));
    await house.env.clock.advance(LAG);
    const driver = new MemoryDriver(cloud, ROOT_ID);
    tree = await house.open({}, { driver });
    await tree.refresh('/', { recursive: true }, callOf());
    const account = { name: 'main', kind: 'memory', drive: () => driver };
    const films = { name: 'films', account, tree, source: { driver } };
    bins = new RecycleBins(house.env.clock, {
      configured: [
        { name: 'films', account, root: ROOT_ID },
        { name: 'plain', account: { name: 'other', kind: 'plain', drive: () => house.driver }, root: '0' },
      ],
      drives: { opened: () => [films] },
      mounts: { locate: (path) => Promise.resolve({ drive: films, path: path.replace('/mnt', '') }) },
    });
  });
  afterEach(() => house.demolish());

  /** Removes a file elsewhere, and lets the tree see it. */
  const remove = async (name: string): Promise<void> => {
    const node = await tree.resolve(`/2026/${name}`, callOf());
    cloud.discard(node.entry.id);
    await tree.refresh('/2026', { recursive: false }, callOf());
    await house.env.clock.advance(1000);
  };

  it('tell what was removed, the last first, and where it was', async () => {
    assert.deepEqual(await bins.list(undefined, callOf()), []);
    await remove('a.mkv');
    await remove('b.mkv');
    const rows = await bins.list('films', callOf());
    assert.deepEqual(
      rows.map(({ name, account, drive, path, size, kind }) => [name, account, drive, path, size, kind]),
      ['b.mkv', 'a.mkv'].map((name) => [name, 'main', 'films', '/2026', 1000, 'file']),
    );
  });

  it('give back by id, former path or name, and the tree shows it at once', async () => {
    for (const named of ['a.mkv', 'films:/2026/a.mkv', '/mnt/2026/a.mkv', 'id']) {
      await remove('a.mkv');
      assert.deepEqual(await namesIn(tree, '/2026'), ['b.mkv']);
      const [row] = await bins.list(undefined, callOf());
      const restored = await bins.restore({ entries: [named === 'id' ? (row?.id ?? '') : named] }, callOf());
      assert.deepEqual(restored, { entries: [row], accounts: [] });
      assert.deepEqual(await namesIn(tree, '/2026'), ['a.mkv', 'b.mkv'], named);
    }
  });

  it('show what came back although it was removed here a moment ago, and listings may be late', async () => {
    const { entry } = await tree.resolve('/2026/a.mkv', callOf());
    await tree.local.hide(entry.id);
    cloud.discard(entry.id);
    await tree.local.settle(entry.id);
    const restoring = bins.restore({ entries: ['a.mkv'] }, callOf());
    await house.env.clock.advance(LAG + 1);
    await restoring;
    assert.deepEqual(await namesIn(tree, '/2026'), ['a.mkv', 'b.mkv']);
  });

  it('refuse what is not clear or not there', async () => {
    await remove('a.mkv');
    cloud.addFile(folder.id, 'a.mkv', patternContent(8, 10));
    await house.env.clock.advance(LAG);
    await tree.refresh('/2026', { recursive: false }, callOf());
    await remove('a.mkv');
    await assert.rejects(bins.restore({ entries: ['a.mkv'] }, callOf()), {
      errno: 'EINVAL',
      message: /more than once: write one of the ids bin-1, bin-2/,
    });
    await assert.rejects(bins.restore({ entries: ['c.mkv'] }, callOf()), { errno: 'ENOENT' });
    await assert.rejects(bins.restore({ entries: [] }, callOf()), { errno: 'EINVAL' });
    await assert.rejects(bins.list('none', callOf()), { errno: 'ENOENT' });
    await assert.rejects(bins.list('plain', callOf()), {
      errno: 'EOPNOTSUPP',
      message: /the cloud of plain/,
    });
  });

  it('destroy some, or all when that is said', async () => {
    await remove('a.mkv');
    await remove('b.mkv');
    const { entries } = await bins.purge({ entries: ['a.mkv'], all: false }, callOf());
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['a.mkv'],
    );
    assert.deepEqual(
      (await bins.list(undefined, callOf())).map(({ name }) => name),
      ['b.mkv'],
    );
    await assert.rejects(bins.purge({ entries: [], all: false }, callOf()), { errno: 'EINVAL' });
    await assert.rejects(bins.purge({ entries: ['b.mkv'], all: true }, callOf()), { errno: 'EINVAL' });
    assert.deepEqual(await bins.purge({ entries: [], all: true }, callOf()), {
      entries: [],
      accounts: ['main'],
    });
    assert.deepEqual(await bins.list(undefined, callOf()), []);
  });
});
