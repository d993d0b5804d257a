import assert from 'node:assert/strict';
import { FsError } from '../../../src/lib/errors.js';
import type { Tree } from '../../../src/metadata/tree.js';
import { callOf } from '../../fakes/calls.js';
import { directoryEntry, fileEntry } from './entries.js';
import { namesIn, TreeHouse, until } from './tree-house.js';

const LAG = 14_000;
const made = directoryEntry('local-made', 'made');
const inner = directoryEntry('local-inner', 'inner', { parentId: 'local-made' });
const upload = fileEntry('local-upload', 'upload', { parentId: 'local-inner', hash: null });

describe('Tree with local changes after a restart', () => {
  let house: TreeHouse;
  beforeEach(() => {
    house = new TreeHouse();
    Object.assign(house.driver.facts, { listingLag: LAG });
    house.driver.content.set('0', [
      directoryEntry('1', 'shows'),
      fileEntry('2', 'film'),
      fileEntry('3', 'song'),
    ]);
    house.driver.content.set('1', [fileEntry('11', 'episode', { parentId: '1' })]);
  });
  afterEach(() => house.demolish());

  const open = async (): Promise<Tree> => {
    const tree = await house.open();
    house.driver.calls.length = 0;
    return tree;
  };
  const written = async (tree: Tree) => {
    await house.env.clock.advance(1000);
    await until(() => tree.status().unwritten === 0);
  };
  const change = async ({ local }: Tree) => {
    await local.add(made);
    await local.add(inner);
    await local.add(upload);
    await local.hide('2');
    await local.move('3', 'local-inner', 'tune');
    await local.move('11', '0', 'pilot');
  };
  const isShown = async (tree: Tree) => {
    assert.deepEqual(await namesIn(tree), ['made', 'pilot', 'shows']);
    assert.deepEqual(await namesIn(tree, '/shows'), []);
    assert.deepEqual(await namesIn(tree, '/made/inner'), ['tune', 'upload']);
  };

  it('shows what is repeated before anybody looks, without a call', async () => {
    const before = await open();
    await namesIn(before, '/shows');
    await change(before);
    await isShown(before);
    for (let round = 0; round < 2; round += 1) {
      await house.close();
      const tree = await open();
      await change(tree);
      await isShown(tree);
      await until(() => tree.status().refreshing === 0);
      await isShown(tree);
    }
  });

  it('shows it as well after a kill that lost the rows', async () => {
    const before = await open();
    await namesIn(before, '/shows');
    await written(before);
    await change(before);
    const after = await open();
    await change(after);
    await isShown(after);
  });

  it('keeps all below a local directory that is made before anybody looks', async () => {
    await open().then((tree) => namesIn(tree, '/shows'));
    await house.close();
    const tree = await open();
    await change(tree);
    await tree.local.settle('local-made', directoryEntry('50', 'made'));
    await tree.local.settle('local-inner', directoryEntry('51', 'inner', { parentId: '50' }));
    await isShown(tree);
    assert.deepEqual(house.driver.calls, []);
    await house.close();
    const after = await open();
    assert.deepEqual(await namesIn(after, '/made/inner'), ['tune']);
  });

  it('forgets local entries that nobody repeats', async () => {
    const before = await open();
    await namesIn(before, '/shows');
    await change(before);
    await house.close();
    const tree = await open();
    assert.deepEqual(await namesIn(tree), ['pilot', 'shows']);
    await assert.rejects(tree.resolve('/made', callOf()), FsError);
    await house.close();
    const database = await house.database();
    const rows = await database.query(`SELECT id FROM tree_listings WHERE id LIKE 'local-%'`);
    const stored = await database.store('tree films').entries();
    assert.deepEqual([rows, [...stored.keys()].sort()], [[], ['0', '1']]);
  });

  it('leaves the times of directories as they are when a change is repeated', async () => {
    const before = await open();
    await namesIn(before, '/shows');
    await before.local.add(upload);
    await before.local.hide('11');
    const time = (await before.resolve('/shows', callOf())).entry.modifiedAt;
    await before.attributes.set('1', { modifiedAt: 77n });
    await house.close();
    await house.env.clock.advance(60_000);
    const after = await open();
    await after.local.add({ ...upload, parentId: '1' });
    await after.local.hide('11');
    const node = await after.resolve('/shows', callOf());
    assert.ok(node.entry.modifiedAt <= time);
    assert.equal(after.attributes.of('1')?.modifiedAt, 77n);
  });

  it('is not misled by a listing that lags behind what was settled before', async () => {
    const before = await open();
    await namesIn(before);
    await before.local.hide('2');
    await before.local.settle('2');
    await house.close();
    const tree = await open();
    await tree.refresh('/', { recursive: false }, callOf());
    assert.deepEqual(await namesIn(tree), ['shows', 'song']);
    await house.env.clock.advance(LAG + 1);
    await tree.refresh('/', { recursive: false }, callOf());
    assert.deepEqual(await namesIn(tree), ['film', 'shows', 'song']);
    await house.close();
    assert.deepEqual(await namesIn(await open()), ['film', 'shows', 'song']);
  });

  it('asks again where a kill may have lost what was settled', async () => {
    const before = await open();
    await namesIn(before);
    await namesIn(before, '/shows');
    await written(before);
    await before.local.add({ ...upload, parentId: '1' });
    await before.local.settle('local-upload', fileEntry('60', 'upload', { parentId: '1' }));
    house.driver.content.set('1', [fileEntry('60', 'upload', { parentId: '1' })]);
    const tree = await open();
    assert.equal((await tree.resolve('/shows/upload', callOf())).entry.id, '60');
    await namesIn(tree);
    await until(() => tree.status().refreshing === 0);
    assert.deepEqual(house.driver.calls, ['list 1']);
  });
});
