import assert from 'node:assert/strict';
import { pathOf } from '../../../src/metadata/node.js';
import { callOf } from '../../fakes/calls.js';
import { directoryEntry, fileEntry } from './entries.js';
import { namesIn, TreeHouse, until } from './tree-house.js';

describe('Tree when something moves', () => {
  let house: TreeHouse;
  const [a, b] = [directoryEntry('1', 'a'), directoryEntry('2', 'b')];
  beforeEach(() => {
    house = new TreeHouse();
    house.driver.content.set('0', [a, b]);
    house.driver.content.set('1', [fileEntry('5', 'film', { parentId: '1' }), fileEntry('6', 'stays')]);
    house.driver.content.set('2', []);
  });
  afterEach(() => house.demolish());

  const moveFilm = (): void => {
    house.driver.content.set('1', [fileEntry('6', 'stays')]);
    house.driver.content.set('2', [fileEntry('5', 'film', { parentId: '2' })]);
  };

  it('takes it from where it was as soon as it is seen elsewhere', async () => {
    const tree = await house.open();
    const film = await tree.resolve('/a/film', callOf());
    await namesIn(tree, '/b');
    const told: string[] = [];
    tree.onChange(({ paths }) => told.push(...paths));
    moveFilm();
    await tree.refresh('/b', { recursive: false }, callOf());
    assert.deepEqual(await namesIn(tree, '/a'), ['stays']);
    assert.equal(await tree.resolve('/b/film', callOf()), film);
    assert.equal(pathOf(film), '/b/film');
    assert.deepEqual(told.sort(), ['/a/film', '/b/film']);
    await until(() => tree.status().refreshing === 0);
    assert.deepEqual(house.driver.lists, ['0', '1', '2', '2', '1']);
  });

  it('knows where it was after a restart, met or not', async () => {
    const before = await house.open();
    await namesIn(before, '/a');
    await namesIn(before, '/b');
    await house.close();
    moveFilm();
    const tree = await house.open();
    await tree.refresh('/b', { recursive: false }, callOf());
    await house.close();
    const after = await house.open();
    const listed = house.driver.lists.length;
    assert.deepEqual(await namesIn(after, '/b'), ['film']);
    assert.deepEqual(await namesIn(after, '/a'), ['stays']);
    assert.equal(after.status().entries, 4);
    await until(() => after.status().refreshing === 0);
    assert.deepEqual(house.driver.lists.slice(listed), ['1']);
  });

  it('believes the listing that was begun later where two disagree', async () => {
    const tree = await house.open();
    await namesIn(tree, '/a');
    await namesIn(tree, '/b');
    // The listing of b begins first and sees the film there; then that of a, which sees it back in a, overtakes it.
    moveFilm();
    let release: () => void = () => undefined;
    house.driver.beforePage = () => new Promise((resolve) => (release = resolve));
    const slow = tree.refresh('/b', { recursive: false }, callOf());
    await until(() => house.driver.lists.length === 4);
    const releaseSlow = release;
    house.driver.content.set('1', [fileEntry('5', 'film', { parentId: '1' }), fileEntry('7', 'later')]);
    house.driver.beforePage = () => Promise.resolve();
    await tree.refresh('/a', { recursive: false }, callOf());
    releaseSlow();
    await slow;
    assert.deepEqual(await namesIn(tree, '/a'), ['film', 'later']);
    house.driver.content.set('2', []);
    assert.deepEqual(await namesIn(tree, '/b'), []);
    await until(() => tree.status().refreshing === 0);
  });

  it('keeps a directory and what is below it', async () => {
    house.driver.content.set('1', [directoryEntry('9', 'deep', { parentId: '1' })]);
    house.driver.content.set('9', [fileEntry('10', 'x', { parentId: '9' })]);
    const tree = await house.open();
    const deep = await tree.resolve('/a/deep', callOf());
    await namesIn(tree, '/a/deep');
    house.driver.content.set('1', []);
    house.driver.content.set('2', [directoryEntry('9', 'deep', { parentId: '2' })]);
    await namesIn(tree, '/b');
    const asked = house.driver.lists.length;
    assert.equal(await tree.resolve('/b/deep', callOf()), deep);
    assert.deepEqual(await namesIn(tree, '/b/deep'), ['x']);
    assert.equal(house.driver.lists.slice(asked).includes('9'), false);
    assert.deepEqual(await namesIn(tree, '/a'), []);
  });

  it('finds its way when a directory and its parent change places', async () => {
    house.driver.content.set('0', [a]);
    house.driver.content.set('1', [directoryEntry('2', 'b', { parentId: '1' })]);
    const tree = await house.open();
    const inner = await tree.resolve('/a/b', callOf());
    assert.ok(inner.kind === 'directory');
    house.driver.content.set('0', [b]);
    house.driver.content.set('1', []);
    house.driver.content.set('2', [directoryEntry('1', 'a', { parentId: '2' })]);
    await tree.list(inner, callOf());
    assert.equal(pathOf(inner), '/a/b');
    for (let look = 0; look < 3; look += 1) {
      await namesIn(tree).then(() => until(() => tree.status().refreshing === 0));
      if ((await namesIn(tree)).includes('b')) await namesIn(tree, '/b');
      await until(() => tree.status().refreshing === 0);
    }
    assert.deepEqual(await namesIn(tree, '/b'), ['a']);
    assert.equal(pathOf(await tree.resolve('/b/a', callOf())), '/b/a');
  });
});
