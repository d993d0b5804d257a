import assert from 'node:assert/strict';
import { FsError } from '../../../src/lib/errors.js';
import { pathOf } from '../../../src/metadata/node.js';
import { callOf } from '../../fakes/calls.js';
import { directoryEntry, fileEntry } from './entries.js';
import { outage } from './scripted-driver.js';
import { namesIn, TreeHouse, until } from './tree-house.js';

const DAY = 24 * 3_600_000;
const withErrno = (errno: string) => (error: unknown) => error instanceof FsError && error.errno === errno;

describe('Tree', () => {
  let house: TreeHouse;
  beforeEach(() => {
    house = new TreeHouse();
    house.driver.content.set('0', [directoryEntry('1', 'shows'), fileEntry('2', 'a/b.mkv')]);
    house.driver.content.set('1', [fileEntry('3', '第一集.mkv', { parentId: '1' })]);
  });
  afterEach(() => house.demolish());

  it('proves the login once and lists a directory once', async () => {
    const tree = await house.open();
    assert.deepEqual(await namesIn(tree), ['a／b.mkv', 'shows']);
    assert.deepEqual(await namesIn(tree, '/shows'), ['第一集.mkv']);
    const node = await tree.resolve('/shows//第一集.mkv/', callOf());
    assert.equal(pathOf(node), '/shows/第一集.mkv');
    assert.equal(pathOf(tree.root), '/');
    assert.deepEqual(house.driver.calls, ['connect', 'list 0', 'list 1']);
  });

  it('rejects a first start as connect does', async () => {
    house.driver.failure = new FsError('EACCES', 'log in again', { reason: 'login' });
    await assert.rejects(house.open(), /log in again/);
  });

  it('has no root before it is open', async () => {
    const { Tree, DEFAULT_TREE_OPTIONS } = await import('../../../src/metadata/tree.js');
    const parts = { driver: house.driver, database: await house.database(), drive: 'x' };
    assert.throws(() => new Tree(house.env, parts, DEFAULT_TREE_OPTIONS).root, /not open/);
  });

  it('answers ENOENT, ENOTDIR and ENAMETOOLONG without a call', async () => {
    const tree = await house.open();
    await namesIn(tree);
    const asked = house.driver.calls.length;
    await assert.rejects(tree.resolve('/nothing', callOf()), withErrno('ENOENT'));
    await assert.rejects(tree.resolve('/a／b.mkv/x', callOf()), withErrno('ENOTDIR'));
    await assert.rejects(tree.resolve(`/${'影'.repeat(86)}`, callOf()), withErrno('ENAMETOOLONG'));
    assert.equal(house.driver.calls.length, asked);
  });

  it('asks the cloud once for 50 who look at once', async () => {
    const tree = await house.open();
    const found = await Promise.all(
      Array.from({ length: 50 }, () => tree.lookup(tree.root, 'shows', callOf())),
    );
    assert.deepEqual(house.driver.lists, ['0']);
    assert.equal(new Set(found).size, 1);
  });

  it('keeps nodes and shows their new entries', async () => {
    const tree = await house.open();
    const [file, folder] = [
      await tree.resolve('/a／b.mkv', callOf()),
      await tree.resolve('/shows', callOf()),
    ];
    house.driver.content.set('0', [fileEntry('2', 'c.mkv', { size: 7 }), directoryEntry('1', 'series')]);
    await tree.refresh('/', { recursive: false }, callOf());
    assert.equal(await tree.resolve('/c.mkv', callOf()), file);
    assert.equal(file.kind === 'file' && file.entry.size, 7);
    assert.equal(await tree.resolve('/series', callOf()), folder);
    assert.equal(folder.name, 'series');
    assert.deepEqual(await namesIn(tree, '/series'), ['第一集.mkv']);
  });

  it('tells which names mean something else, and nothing at first sight', async () => {
    const tree = await house.open();
    const told: string[] = [];
    tree.onChange(({ paths }) => told.push(...paths));
    tree.onChange(() => {
      throw new Error('a listener that fails');
    });
    await namesIn(tree, '/shows');
    assert.deepEqual(told, []);
    house.driver.content.set('1', [
      fileEntry('3', '第二集.mkv', { parentId: '1' }),
      fileEntry('4', 'new.mkv', { parentId: '1' }),
    ]);
    const report = await tree.refresh('/shows', { recursive: false }, callOf());
    assert.deepEqual(told.sort(), ['/shows/new.mkv', '/shows/第一集.mkv', '/shows/第二集.mkv']);
    assert.deepEqual(report, { directories: 1, entries: 2, added: 1, removed: 0, changed: 1 });
    told.length = 0;
    await tree.refresh('/shows', { recursive: false }, callOf());
    assert.deepEqual(told, []);
  });

  it('gives a freed name to the twin that had to wait', async () => {
    house.driver.content.set('0', [
      fileEntry('12345678', 'a', { createdAt: 1 }),
      fileEntry('23456789', 'a', { createdAt: 2 }),
    ]);
    const tree = await house.open();
    assert.deepEqual(await namesIn(tree), ['a', 'a~23456789']);
    house.driver.content.set('0', [fileEntry('23456789', 'a', { createdAt: 2 })]);
    await tree.refresh('/', { recursive: false }, callOf());
    assert.deepEqual(await namesIn(tree), ['a']);
  });

  it('refreshes everything below and says how far it is', async () => {
    const tree = await house.open();
    await namesIn(tree, '/shows');
    const deep = directoryEntry('5', 'deep', { parentId: '1' });
    house.driver.content.set('1', [deep, directoryEntry('6', 'gone', { parentId: '1' })]);
    house.driver.content.set('5', [fileEntry('7', 'x', { parentId: '5' })]);
    const steps: string[] = [];
    house.driver.urgencies.length = 0;
    const progress = ({ path, directories }: { path: string; directories: number }): void => {
      steps.push(`${directories} ${path}`);
      if (path === '/shows') house.driver.content.set('1', [deep]);
    };
    const report = await tree.refresh('/', { recursive: true, progress }, callOf());
    assert.deepEqual(report, { directories: 3, entries: 5, added: 3, removed: 1, changed: 0 });
    assert.deepEqual(steps, ['1 /', '2 /shows', '3 /shows/deep']);
    assert.deepEqual(new Set(house.driver.urgencies), new Set(['background']));
    assert.deepEqual(await namesIn(tree, '/shows'), ['deep']);
  });

  it('says where a refresh stopped', async () => {
    const tree = await house.open();
    await namesIn(tree, '/shows');
    const progress = (): void => void (house.driver.failure = outage());
    await assert.rejects(
      tree.refresh('/', { recursive: true, progress }, callOf()),
      /stopped at \/shows after 1 dir/,
    );
  });

  it('lists again for a refresh that comes while a listing is under way', async () => {
    const tree = await house.open();
    let release: () => void = () => undefined;
    house.driver.beforePage = () => new Promise((resolve) => (release = resolve));
    const first = namesIn(tree);
    await until(() => house.driver.lists.length === 1);
    const second = tree.refresh('/', { recursive: false }, callOf());
    release();
    await first;
    await until(() => house.driver.lists.length === 2);
    house.driver.content.set('0', [fileEntry('9', 'later')]);
    house.driver.beforePage = () => Promise.resolve();
    release();
    await second;
    assert.deepEqual(house.driver.lists, ['0', '0']);
  });

  it('keeps space for minutes and through failures', async () => {
    const tree = await house.open();
    assert.equal(tree.knownSpace(), null);
    const [first] = await Promise.all([tree.space(callOf()), tree.space(callOf())]);
    assert.deepEqual(first, { total: 100, used: 10 });
    house.driver.spaceNow = { total: 100, used: 20 };
    assert.deepEqual(await tree.space(callOf()), first);
    await house.env.clock.advance(3_600_000);
    assert.deepEqual(await tree.space(callOf()), first);
    await until(() => tree.knownSpace()?.used === 20);
    house.driver.failure = outage();
    await house.env.clock.advance(3_600_000);
    assert.equal((await tree.space(callOf()))?.used, 20);
    await house.env.clock.advance(1);
    assert.equal((await tree.space(callOf()))?.used, 20);
    assert.equal(house.driver.calls.filter((call) => call === 'space').length, 3);
  });

  it('asks for the space once behind, however often somebody expects to want it', async () => {
    const tree = await house.open();
    for (let times = 0; times < 20; times++) tree.expectSpace();
    await until(() => tree.knownSpace()?.used === 10);
    tree.expectSpace();
    await tree.space(callOf());
    assert.equal(house.driver.calls.filter((call) => call === 'space').length, 1);
  });

  it('asks for space again when somebody wants it younger, and tells the old one when that fails', async () => {
    const tree = await house.open();
    const old = await tree.space(callOf());
    house.driver.spaceNow = { total: 100, used: 20 };
    await house.env.clock.advance(1000);
    assert.deepEqual(await tree.space(callOf(), 2000), old);
    assert.equal((await tree.space(callOf(), 500))?.used, 20);
    house.driver.failure = outage();
    await house.env.clock.advance(1000);
    assert.equal((await tree.space(callOf(), 500))?.used, 20);
    assert.equal(house.driver.calls.filter((call) => call === 'space').length, 3);
  });

  it('knows the space of before a restart without asking, and asks behind when it is old', async () => {
    const before = await house.open();
    const space = await before.space(callOf());
    await house.close();
    const tree = await house.open();
    assert.deepEqual(await tree.space(callOf()), space);
    await house.close();
    assert.equal(house.driver.calls.filter((call) => call === 'space').length, 1);
    await house.env.clock.advance(3_600_000);
    house.driver.spaceNow = { total: 100, used: 20 };
    const later = await house.open();
    assert.deepEqual(await later.space(callOf()), space);
    await until(() => later.knownSpace()?.used === 20);
  });

  it('has no space to tell rather than an error', async () => {
    const tree = await house.open();
    house.driver.failure = outage();
    assert.equal(await tree.space(callOf()), null);
  });

  it('counts what it knows', async () => {
    const tree = await house.open();
    await namesIn(tree, '/shows');
    const { directories, entries, lastError, unwritten } = tree.status();
    assert.deepEqual(
      { directories, entries, lastError, unwritten },
      {
        directories: 2,
        entries: 3,
        lastError: null,
        unwritten: 2,
      },
    );
    await house.env.clock.advance(1000);
    await until(() => tree.status().unwritten === 0);
    assert.equal(tree.status().oldestListing, house.env.clock.now() - 1000);
  });

  it('goes on for others when one caller leaves', async () => {
    const tree = await house.open();
    let release: () => void = () => undefined;
    house.driver.beforePage = () => new Promise((resolve) => (release = resolve));
    const leaving = new AbortController();
    const gone = tree.list(tree.root, callOf('lookup', leaving.signal));
    await until(() => house.driver.lists.length === 1);
    leaving.abort(new Error('left'));
    await assert.rejects(gone, /left/);
    house.driver.beforePage = () => Promise.resolve();
    release();
    assert.deepEqual(await namesIn(tree), ['a／b.mkv', 'shows']);
    assert.deepEqual(house.driver.lists, ['0']);
    assert.ok(house.env.clock.waiting < 5, 'timers are left behind');
    await house.env.clock.advance(DAY);
  });
});
