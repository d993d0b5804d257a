import assert from 'node:assert/strict';
import { type KnownDrive, KnownTrees } from '../../../../src/daemon/trees/known-trees.js';
import { duplicatesInTrees } from '../../../../src/daemon/trees/duplicates.js';
import { searchTrees } from '../../../../src/daemon/trees/search.js';
import { usageOfTrees } from '../../../../src/daemon/trees/usage.js';
import type { FileEntry } from '../../../../src/driver/entry.js';
import { FsError } from '../../../../src/lib/errors.js';
import type { Tree } from '../../../../src/metadata/tree.js';
import { callOf } from '../../../fakes/calls.js';
import { directoryEntry, fileEntry } from '../../metadata/entries.js';
import { TreeHouse } from '../../metadata/tree-house.js';

const MIB = 1024 * 1024;

function film(
  id: string,
  parentId: string,
  name: string,
  size: number,
  hash: string | null = null,
): FileEntry {
  const value = (hash ?? id).padStart(40, '0');
  return fileEntry(id, name, { parentId, size, hash: hash === '' ? null : { kind: 'sha1', value } });
}

describe('what is known of drives', () => {
  let house: TreeHouse;
  let tree: Tree;
  let trees: KnownTrees;

  beforeEach(async () => {
    house = new TreeHouse();
    const { content } = house.driver;
    content.set('0', [
      directoryEntry('1', '2026'),
      directoryEntry('2', '剧集'),
      film('3', '0', 'Ａ Film.MKV', 10 * MIB),
    ]);
    content.set('1', [
      directoryEntry('4', 'new', { parentId: '1' }),
      film('5', '1', 'b film.mkv', 20 * MIB, 'AA'),
      film('6', '1', 'c.mkv', 5 * MIB, ''),
    ]);
    content.set('2', [
      film('7', '2', '第1集.mkv', 20 * MIB, 'AA'),
      film('8', '2', '第2集.mkv', 20 * MIB, 'AA'),
    ]);
    tree = await house.open();
    for (const path of ['/', '/2026', '/剧集']) await tree.refresh(path, { recursive: false }, callOf());
    house.driver.calls.length = 0;
    trees = treesOf([{ name: 'films', account: { name: 'main' }, tree }]);
  });
  afterEach(async () => {
    assert.deepEqual(house.driver.calls, [], 'the cloud was asked');
    await house.demolish();
  });

  function treesOf(drives: readonly KnownDrive[], closed: readonly string[] = []): KnownTrees {
    return new KnownTrees({
      drives: {
        opened: () => drives,
        status: () => [...drives, ...closed.map((name) => ({ name }))],
        open: (name) => {
          const found = drives.find((drive) => drive.name === name);
          return found === undefined
            ? Promise.reject(new FsError('ENOENT', `there is no drive ${name}`))
            : Promise.resolve(found);
        },
      },
      mounts: {
        locate: (path) => {
          const [drive] = drives;
          assert.ok(drive !== undefined);
          return Promise.resolve({ drive, path: path.replace('/mnt/films', '') });
        },
      },
    });
  }

  it('is searched for words in any order, whatever their case and width', async () => {
    const { matches, found } = await searchTrees(trees, { text: 'MKV film' }, callOf());
    assert.deepEqual(
      matches.map(({ path, size }) => [path, size]),
      [
        ['films:/2026/b film.mkv', 20 * MIB],
        ['films:/Ａ Film.MKV', 10 * MIB],
      ],
    );
    assert.equal(found, 2);
    assert.equal((await searchTrees(trees, { text: 'ａ film' }, callOf())).found, 1);
    assert.deepEqual(
      (await searchTrees(trees, { text: '2026' }, callOf())).matches.map(({ kind, size }) => [kind, size]),
      [['directory', null]],
    );
  });

  it('is searched at a place alone, and up to a limit', async () => {
    const inside = await searchTrees(trees, { text: 'mkv', path: 'films:/剧集' }, callOf());
    assert.deepEqual(
      inside.matches.map(({ path }) => path),
      ['films:/剧集/第1集.mkv', 'films:/剧集/第2集.mkv'],
    );
    const mounted = await searchTrees(trees, { text: 'mkv', path: '/mnt/films/剧集' }, callOf());
    assert.deepEqual(mounted, inside);
    const limited = await searchTrees(trees, { text: 'mkv', limit: 2 }, callOf());
    assert.deepEqual([limited.matches.length, limited.found], [2, 5]);
  });

  it('says which folders and drives are not known', async () => {
    const { unknown } = await searchTrees(trees, { text: 'x' }, callOf());
    assert.deepEqual(unknown, { count: 1, some: ['films:/2026/new'] });
    assert.deepEqual(
      (await searchTrees(trees, { text: 'x', path: 'films:/剧集' }, callOf())).unknown.count,
      0,
    );
    const all = treesOf([{ name: 'films', account: { name: 'main' }, tree }], ['archive']);
    assert.deepEqual((await usageOfTrees(all, {}, callOf())).unknown.some, ['archive:/', 'films:/2026/new']);
    await assert.rejects(searchTrees(trees, { text: 'x', path: 'films:/2026/new/a' }, callOf()), {
      errno: 'ENOENT',
      message: /is not known yet: panfuse refresh films:\/ --recursive --unknown/,
    });
    await assert.rejects(usageOfTrees(trees, { path: 'films:/none' }, callOf()), { errno: 'ENOENT' });
  });

  it('is added up by folder, the largest first and the whole last', async () => {
    const { rows } = await usageOfTrees(trees, { path: 'films:/' }, callOf());
    assert.deepEqual(rows, [
      { path: 'films:/剧集', bytes: 40 * MIB, files: 2, directories: 0, unknown: 0 },
      { path: 'films:/2026', bytes: 25 * MIB, files: 2, directories: 1, unknown: 1 },
      { path: 'films:/', bytes: 75 * MIB, files: 5, directories: 3, unknown: 1 },
    ]);
    const flat = await usageOfTrees(trees, { depth: 0 }, callOf());
    assert.deepEqual(flat.rows, rows.slice(-1));
    const deep = await usageOfTrees(trees, { depth: 2 }, callOf());
    assert.deepEqual(
      deep.rows.map(({ path }) => path),
      ['films:/剧集', 'films:/2026', 'films:/2026/new', 'films:/'],
    );
    const file = await usageOfTrees(trees, { path: 'films:/2026/c.mkv' }, callOf());
    assert.deepEqual(file.rows, [
      { path: 'films:/2026/c.mkv', bytes: 5 * MIB, files: 1, directories: 0, unknown: 0 },
    ]);
  });

  it('is compared by hash and size', async () => {
    const answer = await duplicatesInTrees(trees, {}, callOf());
    assert.deepEqual(answer.groups, [
      {
        size: 20 * MIB,
        hash: `sha1 ${'AA'.padStart(40, '0')}`,
        paths: ['films:/2026/b film.mkv', 'films:/剧集/第1集.mkv', 'films:/剧集/第2集.mkv'],
      },
    ]);
    assert.deepEqual([answer.found, answer.wasted, answer.unhashed], [1, 40 * MIB, 1]);
    assert.equal((await duplicatesInTrees(trees, { smallest: 20 * MIB + 1 }, callOf())).found, 0);
    assert.equal((await duplicatesInTrees(trees, { path: 'films:/2026' }, callOf())).found, 0);
    assert.deepEqual((await duplicatesInTrees(trees, { limit: 0 }, callOf())).groups, []);
  });

  it('tells hashes apart that begin alike', async () => {
    const alike = (end: string): FileEntry['hash'] => ({ kind: 'sha1', value: `${'AB'.repeat(19)}${end}` });
    house.driver.content.set('4', [
      { ...film('20', '4', 'x', MIB), hash: alike('00') },
      { ...film('21', '4', 'y', MIB), hash: alike('01') },
    ]);
    await tree.refresh('/2026/new', { recursive: false }, callOf());
    house.driver.calls.length = 0;
    assert.equal((await duplicatesInTrees(trees, { path: 'films:/2026' }, callOf())).found, 0);
  });

  it('takes no file for a copy of itself that two drives of an account show, but one of another account', async () => {
    const same = { name: 'again', account: { name: 'main' }, tree };
    const other = { name: 'other', account: { name: 'other' }, tree };
    const films = { name: 'films', account: { name: 'main' }, tree };
    const once = await duplicatesInTrees(treesOf([films, same]), {}, callOf());
    assert.deepEqual([once.found, once.wasted], [1, 40 * MIB]);
    const twice = await duplicatesInTrees(treesOf([films, other]), { smallest: 10 * MIB }, callOf());
    assert.deepEqual(
      twice.groups.map(({ paths }) => paths.length),
      [6, 2],
    );
  });
});
