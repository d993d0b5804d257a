import assert from 'node:assert/strict';
import type { Entry } from '../../../src/driver/entry.js';
import type { Tree } from '../../../src/metadata/tree.js';
import { TreeRows } from '../../../src/metadata/tree-rows.js';
import { callOf } from '../../fakes/calls.js';
import { directoryEntry, fileEntry } from './entries.js';
import { outage } from './scripted-driver.js';
import { namesIn, TreeHouse, until } from './tree-house.js';

const DAY = 24 * 3_600_000;
const files = (count: number, first = 1000): Entry[] =>
  Array.from({ length: count }, (_, index) =>
    fileEntry(`28495012345678${first + index}`, `第${index}集 — some episode.mkv`, { size: index }),
  );

describe('Tree on disk', () => {
  let house: TreeHouse;
  beforeEach(() => {
    house = new TreeHouse();
    house.driver.content.set('0', [directoryEntry('1', 'shows'), fileEntry('2', 'a/b')]);
    house.driver.content.set('1', files(3));
  });
  afterEach(() => house.demolish());

  const reopenOffline = async (): Promise<Tree> => {
    await house.close();
    house.driver.failure = outage();
    house.driver.calls.length = 0;
    return await house.open();
  };

  it('is there after a restart without a call, also without a cloud', async () => {
    const before = await house.open();
    const shown = [await namesIn(before), await namesIn(before, '/shows')];
    const entry = (await before.resolve('/shows/第2集 — some episode.mkv', callOf())).entry;
    const { directories, entries } = before.status();
    const after = await reopenOffline();
    assert.deepEqual([await namesIn(after), await namesIn(after, '/shows')], shown);
    assert.deepEqual((await after.resolve('/shows/第2集 — some episode.mkv', callOf())).entry, entry);
    await assert.rejects(after.resolve('/shows/missing', callOf()), /no such file/);
    assert.deepEqual(house.driver.calls, []);
    assert.deepEqual({ directories, entries }, { directories: 2, entries: 5 });
    const status = after.status();
    assert.deepEqual([status.directories, status.entries], [directories, entries]);
  });

  it('remembers how old its listings are', async () => {
    await namesIn(await house.open());
    await house.close();
    await house.env.clock.advance(1.2 * DAY);
    const after = await house.open();
    await namesIn(after);
    await until(() => after.status().refreshing === 0);
    assert.deepEqual(house.driver.calls, ['connect', 'list 0', 'list 0']);
  });

  it('loses at most the last second to a kill', async () => {
    const killed = await house.open();
    await namesIn(killed);
    await house.env.clock.advance(1000);
    await until(() => killed.status().unwritten === 0);
    await namesIn(killed, '/shows');
    const { calls } = house.driver;
    calls.length = 0;
    // The first tree is never closed: a second process would find what this one finds.
    const after = await house.open();
    await namesIn(after);
    assert.deepEqual(calls, []);
    await namesIn(after, '/shows');
    assert.deepEqual(calls, ['list 1']);
  });

  it('begins anew for another account or root, and leaves other drives alone', async () => {
    await namesIn(await house.open({}, { fingerprint: 'main 0' }));
    await namesIn(await house.open({}, { drive: 'films 2', fingerprint: 'other 0' }));
    await house.close();
    house.driver.calls.length = 0;
    const changed = await house.open({}, { fingerprint: 'main 77' });
    assert.equal(changed.status().directories, 0);
    await namesIn(changed);
    assert.deepEqual(house.driver.calls, ['connect', 'list 0']);
    const other = await house.open({}, { drive: 'films 2', fingerprint: 'other 0' });
    await namesIn(other);
    assert.deepEqual(house.driver.calls, ['connect', 'list 0']);
  });

  it('keeps directories of 0, 1, 1,000, 1,001 and 50,000 entries', async () => {
    const sizes = [0, 1, 1000, 1001, 50_000];
    house.driver.content.set(
      '0',
      sizes.map((size, index) => directoryEntry(String(index + 1), `of ${size}`)),
    );
    for (const [index, size] of sizes.entries()) {
      house.driver.content.set(String(index + 1), files(size, (index + 1) * 100_000));
    }
    const before = await house.open();
    const listed: Entry[][] = [];
    const entriesOf = async (tree: Tree, size: number): Promise<Entry[]> => {
      const node = await tree.resolve(`/of ${size}`, callOf());
      assert.ok(node.kind === 'directory');
      return (await tree.list(node, callOf())).map((child) => child.entry);
    };
    for (const size of sizes) listed.push(await entriesOf(before, size));
    const after = await reopenOffline();
    for (const [index, size] of sizes.entries()) {
      assert.equal(listed[index]?.length, size);
      assert.deepEqual(await entriesOf(after, size), listed[index]);
    }
    assert.deepEqual(house.driver.calls, []);
  }).timeout(60_000);

  it('shrinks and grows a large directory without leaving pages behind', async () => {
    house.driver.content.set('0', files(2500));
    const tree = await house.open();
    await namesIn(tree);
    const database = await house.database();
    const pages = async (): Promise<number> => (await database.store('tree-pages films').entries()).size;
    const written = async (): Promise<void> => {
      await house.env.clock.advance(1000);
      await until(() => tree.status().unwritten === 0);
    };
    await written();
    assert.equal(await pages(), 3);
    for (const [count, expected] of [
      [1500, 2],
      [3000, 3],
      [900, 0],
    ] as const) {
      house.driver.content.set('0', files(count));
      await tree.refresh('/', { recursive: false }, callOf());
      await written();
      assert.equal(await pages(), expected);
    }
  });

  it('has the old listing whole when it is killed between the pages of a new one', async () => {
    const database = await house.database();
    const rows = new TreeRows(database, 'films');
    const header = { listedAt: 1, expiresAt: 2, sequence: 3 };
    await rows.write('7', { header, entries: files(2500) });
    const pages = database.store<readonly Entry[]>('tree-pages films');
    await pages.set('7/1/0', files(1000, 900_000));
    await pages.set('7/1/1', files(1000, 950_000));
    assert.deepEqual(await new TreeRows(database, 'films').read('7'), { header, entries: files(2500) });
    await rows.write('7', { header, entries: files(1500) });
    assert.deepEqual(await rows.read('7'), { header, entries: files(1500) });
  });

  it('does not know a directory of which a page is lost', async () => {
    const database = await house.database();
    const rows = new TreeRows(database, 'films');
    await rows.write('7', { header: { listedAt: 1, expiresAt: 2, sequence: 3 }, entries: files(2500) });
    await database.store('tree-pages films').delete('7/0/1');
    assert.equal(await rows.read('7'), null);
  });

  it('asks the cloud about both sides of a move that a kill has halved', async () => {
    house.driver.content.set('0', [directoryEntry('1', 'a'), directoryEntry('2', 'b')]);
    house.driver.content.set('1', [fileEntry('5', 'film', { parentId: '1' })]);
    house.driver.content.set('2', []);
    const killed = await house.open();
    await namesIn(killed, '/a');
    await namesIn(killed, '/b');
    await house.env.clock.advance(1000);
    await until(() => killed.status().unwritten === 0);
    house.driver.content.set('1', []);
    house.driver.content.set('2', [fileEntry('5', 'film', { parentId: '2' })]);
    await killed.refresh('/b', { recursive: false }, callOf());
    const stop = new Promise<never>(() => undefined);
    let stopped = false;
    house.stopAt = (name) => {
      stopped = name === 'metadata.listing-written';
      return stop;
    };
    await house.env.clock.advance(1000);
    await until(() => stopped);
    house.stopAt = () => Promise.resolve();
    house.abandon();
    house.driver.calls.length = 0;
    const after = await house.open();
    assert.deepEqual(await namesIn(after, '/b'), ['film']);
    await namesIn(after, '/a');
    await until(() => after.status().refreshing === 0);
    assert.deepEqual(await namesIn(after, '/a'), []);
    assert.deepEqual(house.driver.calls.sort(), ['list 1', 'list 2']);
  });

  it('goes on in memory when the disk fails, says so once, and writes later', async () => {
    const tree = await house.open();
    const database = await house.database();
    await database.query(
      `CREATE TRIGGER full BEFORE INSERT ON keyv BEGIN SELECT raise(ABORT, 'the disk is full'); END`,
    );
    await namesIn(tree, '/shows');
    await house.env.clock.advance(1000);
    await until(() => tree.status().lastError !== null);
    assert.match(tree.status().lastError?.message ?? '', /the disk is full/);
    await house.env.clock.advance(60_000);
    assert.equal((await namesIn(tree, '/shows')).length, 3);
    assert.deepEqual(house.driver.lists, ['0', '1']);
    assert.equal(house.env.log.lines.filter((line) => line.level === 'error').length, 1);
    await database.query('DROP TRIGGER full');
    await until(() => tree.status().unwritten === 2);
    await house.env.clock.advance(60_000);
    await until(() => tree.status().unwritten === 0);
    assert.equal(tree.status().lastError, null);
    const after = await reopenOffline();
    assert.equal((await namesIn(after, '/shows')).length, 3);
  });

  it('reads listings back from disk when memory is small', async () => {
    house.driver.content.set(
      '0',
      Array.from({ length: 30 }, (_, index) => directoryEntry(String(index + 1), `d${index + 1}`)),
    );
    for (let id = 1; id <= 30; id += 1) house.driver.content.set(String(id), files(20, id * 1000));
    const tree = await house.open({ entriesInMemory: 50 });
    for (let round = 0; round < 2; round += 1) {
      for (let id = 1; id <= 30; id += 1) assert.equal((await namesIn(tree, `/d${id}`)).length, 20);
      await house.env.clock.advance(1000);
      await until(() => tree.status().unwritten === 0);
    }
    assert.equal(house.driver.lists.length, 31);
  });

  it('keeps the directory in use that is larger than all its memory', async () => {
    house.driver.content.set('0', files(200));
    const tree = await house.open({ entriesInMemory: 50 });
    const first = await tree.lookup(tree.root, '第7集 — some episode.mkv', callOf());
    assert.equal(await tree.lookup(tree.root, '第7集 — some episode.mkv', callOf()), first);
    assert.deepEqual(house.driver.lists, ['0']);
  });
});
