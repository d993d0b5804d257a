import assert from 'node:assert/strict';
import { type PinnedContent, PinnedContents } from '../../../../src/content/block-cache/pinned-contents.js';
import { contentKey } from '../../../../src/content/content-key.js';
import { CacheActions } from '../../../../src/daemon/cache/actions.js';
import { KnownTrees } from '../../../../src/daemon/trees/known-trees.js';
import { FsError } from '../../../../src/lib/errors.js';
import type { Tree } from '../../../../src/metadata/tree.js';
import { callOf } from '../../../fakes/calls.js';
import { MapStore } from '../../../fakes/map-store.js';
import { CacheHouse, MIB, span } from '../../content/block-cache/cache-house.js';
import { directoryEntry, fileEntry } from '../../metadata/entries.js';
import { TreeHouse } from '../../metadata/tree-house.js';

const SIZE = 2 * MIB;

describe('what people do about the block cache', () => {
  let house: TreeHouse;
  let cache: CacheHouse;
  let tree: Tree;
  let actions: CacheActions;
  let pins: PinnedContents;
  const film = (id: string, name: string, size = SIZE) => fileEntry(id, name, { parentId: '1', size });

  beforeEach(async () => {
    house = new TreeHouse();
    house.driver.content.set('0', [directoryEntry('1', 'kids'), directoryEntry('2', 'new')]);
    house.driver.content.set('1', [film('5', 'a.mkv'), film('6', 'b.mkv'), film('7', 'empty', 0)]);
    tree = await house.open();
    await tree.refresh('/kids', { recursive: false }, callOf());
    house.driver.calls.length = 0;
    pins = await PinnedContents.open(new MapStore<PinnedContent>());
    cache = await CacheHouse.open({ size: 10 * MIB, pins });
    const films = { name: 'films', account: { name: 'main' }, tree };
    const opened = (): readonly (typeof films)[] => [films];
    const locators = {
      drives: { opened, status: opened, open: () => Promise.resolve(films) },
      mounts: { locate: () => Promise.reject(new FsError('ENOENT', 'nothing is mounted')) },
    };
    const kept = { blocks: cache.cache, pins, path: cache.directory };
    actions = new CacheActions({ kept, trees: new KnownTrees(locators), locators, drives: { opened } });
  });
  afterEach(async () => {
    assert.deepEqual(house.driver.calls, [], 'the cloud was asked');
    await cache.close();
    await house.demolish();
  });

  const fill = async (id: string): Promise<void> =>
    await cache.fill(contentKey('main', film(id, '')), SIZE, span(0, 16));

  it('pins what is known, cached or not, and tells what it could not pin', async () => {
    await fill('5');
    const done = await actions.pin('films:/', callOf());
    assert.deepEqual(done, { files: 2, bytes: 2 * SIZE, unknown: { count: 1, some: ['films:/new'] } });
    assert.deepEqual(await actions.pins(), [
      { drive: 'films', path: '/kids/a.mkv', size: SIZE, cached: SIZE },
      { drive: 'films', path: '/kids/b.mkv', size: SIZE, cached: 0 },
    ]);
    assert.deepEqual(actions.status()?.pinned, { contents: 2, bytes: 2 * SIZE });
  });

  it('refuses to pin so much that there would be no room for what is read', async () => {
    house.driver.content.set('1', [film('5', 'a.mkv'), film('8', 'long.mkv', 8 * MIB)]);
    await tree.refresh('/kids', { recursive: false }, callOf());
    house.driver.calls.length = 0;
    await actions.pin('films:/kids/a.mkv', callOf());
    const message = /10\.0 MiB would be pinned, but that may be 9\.00 MiB at most: raise cache\.size/;
    await assert.rejects(actions.pin('films:/kids', callOf()), { errno: 'ENOSPC', message });
    assert.deepEqual(pins.all.length, 1);
    await actions.pin('films:/kids/a.mkv', callOf());
  });

  it('unpins by the path that a file has or had', async () => {
    await actions.pin('films:/kids', callOf());
    house.driver.content.set('1', [film('6', 'renamed.mkv')]);
    await tree.refresh('/kids', { recursive: false }, callOf());
    house.driver.calls.length = 0;
    assert.deepEqual(await actions.unpin({ path: 'films:/kids/renamed.mkv', all: false }, callOf()), {
      contents: 1,
    });
    assert.deepEqual(await actions.unpin({ path: 'films:/kids/a.mkv', all: false }, callOf()), {
      contents: 1,
    });
    assert.deepEqual(await actions.unpin({ path: 'films:/kids', all: false }, callOf()), { contents: 0 });
    await actions.pin('films:/kids', callOf());
    assert.deepEqual(await actions.unpin({ all: true }, callOf()), { contents: 1 });
  });

  it('evicts what is not pinned', async () => {
    await fill('5');
    await fill('6');
    await actions.pin('films:/kids/b.mkv', callOf());
    const { contents, bytes, pinned } = await actions.evict({ path: 'films:/kids', all: false }, callOf());
    assert.deepEqual([contents, pinned, bytes >= SIZE], [1, 1, true]);
    assert.equal((await actions.evict({ all: true }, callOf())).contents, 0);
    assert.equal(actions.status()?.contents, 1);
  });

  it('says so when nothing is kept at all', async () => {
    const locators = {
      drives: { open: () => Promise.reject(new Error()) },
      mounts: { locate: () => Promise.reject(new Error()) },
    };
    const drives = { opened: () => [] };
    const trees = new KnownTrees({
      ...locators,
      drives: { ...locators.drives, ...drives, status: () => [] },
    });
    const none = new CacheActions({ kept: null, trees, locators, drives });
    assert.equal(none.status(), null);
    await assert.rejects(none.pins(), {
      errno: 'EOPNOTSUPP',
      message: /cache\.size and cache\.probes are 0/,
    });
    await assert.rejects(none.evict({ all: true }, callOf()), { errno: 'EOPNOTSUPP' });
    assert.deepEqual(await none.sweep(new AbortController().signal), []);
  });
});
