import assert from 'node:assert/strict';
import type { Entry } from '../../../src/driver/entry.js';
import { FsError } from '../../../src/lib/errors.js';
import { takesTooMuch } from '../../../src/metadata/sanity.js';
import { callOf } from '../../fakes/calls.js';
import { directoryEntry, fileEntry } from './entries.js';
import { outage } from './scripted-driver.js';
import { namesIn, TreeHouse } from './tree-house.js';

const withErrno = (errno: string) => (error: unknown) => error instanceof FsError && error.errno === errno;
const files = (count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => fileEntry(String(100 + index), `film ${index}`));

describe('takesTooMuch', () => {
  const ids = (from: number, to: number): Set<string> =>
    new Set(Array.from({ length: to - from }, (_, index) => String(from + index)));

  it('suspects the loss of all of three, and of more than half of twenty', () => {
    assert.equal(takesTooMuch(ids(0, 2), ids(0, 0)), false);
    assert.equal(takesTooMuch(ids(0, 3), ids(5, 9)), true);
    assert.equal(takesTooMuch(ids(0, 19), ids(0, 1)), false);
    assert.equal(takesTooMuch(ids(0, 20), ids(0, 10)), false);
    assert.equal(takesTooMuch(ids(0, 20), ids(0, 9)), true);
    assert.equal(takesTooMuch(ids(0, 20), ids(0, 40)), false);
  });
});

describe('Tree', () => {
  let house: TreeHouse;
  beforeEach(() => {
    house = new TreeHouse();
    house.driver.content.set('0', files(20));
  });
  afterEach(() => house.demolish());

  const refresh = async (tree: Awaited<ReturnType<TreeHouse['open']>>) =>
    await tree.refresh('/', { recursive: false }, callOf());

  it('asks twice before it believes that a directory was emptied', async () => {
    const tree = await house.open();
    await namesIn(tree);
    house.driver.content.set('0', []);
    assert.equal((await refresh(tree)).removed, 20);
    assert.deepEqual(house.driver.lists, ['0', '0', '0']);
    assert.deepEqual(await namesIn(tree), []);
  });

  it('loses nothing to a single empty answer', async () => {
    const tree = await house.open();
    await namesIn(tree);
    house.driver.lies.push([]);
    assert.equal((await refresh(tree)).removed, 0);
    assert.equal((await namesIn(tree)).length, 20);
  });

  it('keeps what it knows while the cloud contradicts itself, and believes it when it is heard again', async () => {
    const tree = await house.open();
    await namesIn(tree);
    house.driver.lies.push(files(3), files(4));
    await assert.rejects(refresh(tree), withErrno('EIO'));
    assert.equal((await namesIn(tree)).length, 20);
    house.driver.content.set('0', files(4));
    assert.equal((await refresh(tree)).removed, 16);
    assert.equal(house.driver.lists.length, 4);
  });

  it('believes small losses at once', async () => {
    const tree = await house.open();
    await namesIn(tree);
    house.driver.content.set('0', files(10));
    assert.equal((await refresh(tree)).removed, 10);
    assert.equal(house.driver.lists.length, 2);
  });

  it('loses nothing to a listing that breaks off', async () => {
    house.driver.pageSize = 5;
    const tree = await house.open();
    await namesIn(tree);
    let pages = 0;
    house.driver.beforePage = () => {
      pages += 1;
      if (pages === 3) house.driver.failure = outage();
      return Promise.resolve();
    };
    await assert.rejects(refresh(tree), withErrno('ETIMEDOUT'));
    assert.equal((await namesIn(tree)).length, 20);
  });

  describe('when a directory cannot be listed', () => {
    const shows = directoryEntry('1', 'shows');
    beforeEach(() => {
      house.driver.content.set('0', [shows, fileEntry('2', 'x')]);
    });

    it('takes it out after the cloud has confirmed that it is gone', async () => {
      const tree = await house.open();
      const told: string[] = [];
      tree.onChange(({ paths }) => told.push(...paths));
      await namesIn(tree);
      house.driver.content.set('0', [fileEntry('2', 'x')]);
      await assert.rejects(namesIn(tree, '/shows'), withErrno('ENOENT'));
      assert.deepEqual(await namesIn(tree), ['x']);
      assert.deepEqual(told, ['/shows']);
      assert.deepEqual(house.driver.calls, ['connect', 'list 0', 'list 1', 'stat 1']);
      assert.equal(tree.status().lastError, null);
    });

    it('keeps it while the cloud knows it all the same', async () => {
      const tree = await house.open();
      await assert.rejects(namesIn(tree, '/shows'), withErrno('EIO'));
      assert.deepEqual(await namesIn(tree), ['shows', 'x']);
    });

    it('keeps it while nobody can confirm', async () => {
      const tree = await house.open();
      await namesIn(tree);
      house.driver.content.set('0', [fileEntry('2', 'x')]);
      house.driver.beforePage = () => Promise.reject(outage());
      await assert.rejects(namesIn(tree, '/shows'), withErrno('ETIMEDOUT'));
      assert.deepEqual(await namesIn(tree), ['shows', 'x']);
    });

    it('looks for it again where it was when it has moved', async () => {
      const tree = await house.open();
      await namesIn(tree);
      house.driver.content.set('0', [fileEntry('2', 'x'), directoryEntry('8', 'new home')]);
      house.driver.content.set('8', [{ ...shows, parentId: '8' }]);
      await assert.rejects(namesIn(tree, '/shows'), withErrno('EIO'));
      assert.deepEqual(await namesIn(tree, '/new home'), ['shows']);
      assert.deepEqual(await namesIn(tree), ['new home', 'x']);
    });
  });
});
