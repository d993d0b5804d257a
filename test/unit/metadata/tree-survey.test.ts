import assert from 'node:assert/strict';
import { pathOf } from '../../../src/metadata/node.js';
import type { Tree } from '../../../src/metadata/tree.js';
import { callOf } from '../../fakes/calls.js';
import { directoryEntry, fileEntry } from './entries.js';
import { outage } from './scripted-driver.js';
import { namesIn, TreeHouse, until } from './tree-house.js';

const DAY = 24 * 3_600_000;
const { signal } = new AbortController();

describe('a survey of a tree', () => {
  let house: TreeHouse;
  beforeEach(() => {
    house = new TreeHouse();
    house.driver.content.set('0', [
      directoryEntry('1', 'shows'),
      directoryEntry('2', 'films'),
      fileEntry('3', 'a'),
    ]);
    house.driver.content.set('1', [directoryEntry('4', 'old', { parentId: '1' })]);
    house.driver.content.set('2', [fileEntry('5', 'b', { parentId: '2' })]);
    house.driver.content.set('4', [fileEntry('6', 'c', { parentId: '4' })]);
  });
  afterEach(() => house.demolish());

  const surveyOf = async (tree: Tree): Promise<Record<string, readonly string[] | null>> => {
    const found: Record<string, readonly string[] | null> = {};
    for await (const { directory, children } of tree.survey(tree.root, signal))
      found[pathOf(directory)] = children && children.map(({ name }) => name).sort();
    return found;
  };

  it('tells what is known and what is not, however old, without a call', async () => {
    const before = await house.open();
    await namesIn(before);
    await namesIn(before, '/shows');
    await house.close();
    await house.env.clock.advance(30 * DAY);
    house.driver.failure = outage();
    house.driver.calls.length = 0;
    const tree = await house.open();
    const known = { '/': ['a', 'films', 'shows'], '/shows': ['old'], '/films': null, '/shows/old': null };
    assert.deepEqual(await surveyOf(tree), known);
    assert.deepEqual([house.driver.calls, tree.status().refreshing], [[], 0]);
  });

  it('finds a path that is known, and tells what is not apart from what is not there', async () => {
    const tree = await house.open();
    await namesIn(tree);
    house.driver.calls.length = 0;
    assert.equal((await tree.known('/films'))?.entry.id, '2');
    assert.equal((await tree.known('/'))?.entry.id, '0');
    assert.equal(await tree.known('/films/b'), null);
    await assert.rejects(tree.known('/none/b'), { errno: 'ENOENT' });
    await assert.rejects(tree.known('/a/b'), { errno: 'ENOTDIR' });
    assert.deepEqual(house.driver.calls, []);
  });

  it('ends when it is aborted', async () => {
    const tree = await house.open();
    await namesIn(tree);
    const stop = new AbortController();
    const walk = tree.survey(tree.root, stop.signal);
    await walk.next();
    stop.abort(new Error('enough'));
    await assert.rejects(walk.next(), /enough/);
  });

  it('is complete after a refresh of what was never listed, which leaves the rest alone', async () => {
    const tree = await house.open();
    await namesIn(tree, '/shows');
    house.driver.calls.length = 0;
    const told: string[] = [];
    const options = {
      recursive: true,
      unknownOnly: true,
      progress: ({ path, waiting }: { path: string; waiting: number }): void =>
        void told.push(`${path} ${waiting}`),
    };
    const report = await tree.refresh('/', options, callOf());
    assert.deepEqual(house.driver.lists.sort(), ['2', '4']);
    assert.deepEqual([report.directories, report.entries], [2, 2]);
    assert.deepEqual(told.map((line) => line.split(' ')[0]).sort(), ['/films', '/shows/old']);
    assert.match(told.at(-1) ?? '', / 0$/);
    assert.ok(!Object.values(await surveyOf(tree)).includes(null));
    assert.equal((await tree.refresh('/', options, callOf())).directories, 0);
  });

  it('stops a recursive refresh where it is when whoever asked has gone', async () => {
    const tree = await house.open();
    const stop = new AbortController();
    const progress = (): void => stop.abort(new Error('the client has gone'));
    const call = { signal: stop.signal, urgency: 'lookup' } as const;
    await assert.rejects(tree.refresh('/', { recursive: true, progress }, call), /the client has gone/);
    assert.deepEqual(house.driver.lists, ['0']);
  });

  it('stops a recursive refresh when no more calls may be spent, after one', async () => {
    const tree = await house.open();
    const stopped = tree.refresh('/', { recursive: true, maySpend: () => false }, callOf());
    await assert.rejects(stopped, {
      errno: 'EAGAIN',
      reason: 'throttle',
      message: /^stopped at \/\w+ after 1 dir/,
    });
    assert.deepEqual(house.driver.lists, ['0']);
  });
});

describe('a sweep of a tree', () => {
  let house: TreeHouse;
  beforeEach(() => {
    house = new TreeHouse();
    house.driver.content.set('0', [directoryEntry('1', 'shows'), directoryEntry('2', 'films')]);
    house.driver.content.set('1', [directoryEntry('4', 'old', { parentId: '1' })]);
    house.driver.content.set('2', [fileEntry('5', 'b', { parentId: '2' })]);
    house.driver.content.set('4', [
      fileEntry('6', 'c', { parentId: '4' }),
      fileEntry('7', 'd', { parentId: '4' }),
    ]);
  });
  afterEach(() => house.demolish());

  /** A tree that was listed whole, and of which /shows has gone since, in another process. */
  const withVanished = async (): Promise<Tree> => {
    await (await house.open()).refresh('/', { recursive: true }, callOf());
    await house.close();
    await house.env.clock.advance(2 * DAY);
    house.driver.content.set('0', [directoryEntry('2', 'films')]);
    await (await house.open()).refresh('/', { recursive: false }, callOf());
    await house.close();
    return await house.open();
  };

  it('forgets what is stored of directories that nothing leads to, and nothing else', async () => {
    const tree = await withVanished();
    assert.deepEqual([tree.status().directories, tree.status().entries], [4, 5]);
    assert.deepEqual(await tree.sweep(signal), { directories: 2, entries: 3 });
    assert.deepEqual([tree.status().directories, tree.status().entries], [2, 2]);
    await house.close();
    house.driver.calls.length = 0;
    const after = await house.open();
    assert.deepEqual([after.status().directories, after.status().entries], [2, 2]);
    assert.equal((await after.known('/films/b'))?.entry.id, '5');
    assert.deepEqual(await after.sweep(signal), { directories: 0, entries: 0 });
    assert.deepEqual(house.driver.lists, []);
  });

  it('leaves what was listed within the last day: it may have moved', async () => {
    await (await house.open()).refresh('/', { recursive: true }, callOf());
    await house.close();
    await house.env.clock.advance(DAY / 2);
    house.driver.content.set('0', [directoryEntry('2', 'films')]);
    await (await house.open()).refresh('/', { recursive: false }, callOf());
    await house.close();
    assert.deepEqual(await (await house.open()).sweep(signal), { directories: 0, entries: 0 });
  });

  it('leaves what was met since the start: a program may have it open', async () => {
    await (await house.open()).refresh('/', { recursive: true }, callOf());
    await house.close();
    await house.env.clock.advance(2 * DAY);
    const tree = await house.open();
    await namesIn(tree, '/shows/old');
    await until(() => tree.status().refreshing === 0);
    house.driver.content.set('0', [directoryEntry('2', 'films')]);
    await tree.refresh('/', { recursive: false }, callOf());
    assert.deepEqual(await tree.sweep(signal), { directories: 0, entries: 0 });
  });

  it('forgets nothing when a listing cannot be read', async () => {
    await (await house.open()).refresh('/', { recursive: true }, callOf());
    await house.close();
    await house.env.clock.advance(2 * DAY);
    const tree = await house.open();
    const rows = await house.database();
    await rows.store('tree films').delete('1');
    await assert.rejects(tree.sweep(signal), { errno: 'EIO', message: /nothing was swept/ });
    assert.equal(tree.status().directories, 4);
  });
});
