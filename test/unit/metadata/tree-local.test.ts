import assert from 'node:assert/strict';
import type { DirectoryEntry, FileEntry } from '../../../src/driver/entry.js';
import { FsError } from '../../../src/lib/errors.js';
import { pathOf } from '../../../src/metadata/node.js';
import type { Tree } from '../../../src/metadata/tree.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { directoryEntry, fileEntry } from './entries.js';
import { namesIn, TreeHouse, until } from './tree-house.js';

const DAY = 24 * 3_600_000;
const LAG = 14_000;
const withErrno = (errno: string) => (error: unknown) => error instanceof FsError && error.errno === errno;
const localFile = (name: string, fields: Partial<FileEntry> = {}): FileEntry =>
  fileEntry(`local-${name}`, name, { hash: null, attributes: {}, ...fields });
const localDirectory = (name: string, fields: Partial<DirectoryEntry> = {}): DirectoryEntry =>
  directoryEntry(`local-${name}`, name, { attributes: {}, ...fields });

describe('Tree with local changes', () => {
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

  /** A tree that knows `/` and `/shows`, told what changes. */
  const openKnown = async (told: string[] = []): Promise<Tree> => {
    const tree = await house.open();
    await namesIn(tree);
    await namesIn(tree, '/shows');
    tree.onChange(({ paths }) => told.push(...paths));
    house.driver.calls.length = 0;
    return tree;
  };
  const refresh = async (tree: Tree, path = '/') => await tree.refresh(path, { recursive: false }, callOf());
  const pass = (ms: number) => house.env.clock.advance(ms);
  const idOf = async (tree: Tree, path: string) => (await tree.resolve(path, callOf())).entry.id;

  it('shows what is added at once and tells so, also in an old listing, without a call', async () => {
    const told: string[] = [];
    const tree = await openKnown(told);
    await pass(2 * DAY);
    house.driver.beforePage = () => new Promise(() => undefined);
    await tree.local.add(localFile('new'));
    assert.equal((await tree.resolve('/new', callOf())).entry.id, 'local-new');
    assert.deepEqual(told, ['/new']);
    assert.deepEqual(await namesIn(tree), ['film', 'new', 'shows', 'song']);
  });

  it('answers ENOENT without a call for a name that was hidden or moved away', async () => {
    const told: string[] = [];
    const tree = await openKnown(told);
    await pass(2 * DAY);
    await tree.local.hide('2');
    await tree.local.move('3', '1', 'tune');
    house.driver.beforePage = () => new Promise(() => undefined);
    await assert.rejects(tree.lookup(tree.root, 'film', callOf()), withErrno('ENOENT'));
    await assert.rejects(tree.lookup(tree.root, 'song', callOf()), withErrno('ENOENT'));
    assert.deepEqual(told.sort(), ['/film', '/shows/tune', '/song']);
    assert.deepEqual(await namesIn(tree, '/shows'), ['episode', 'tune']);
  });

  it('keeps all of it through refreshes until the cloud has done it and can list it', async () => {
    const tree = await openKnown();
    await tree.local.add(localFile('new'));
    await tree.local.hide('2');
    await tree.local.move('3', '1', 'song');
    const isRight = async () => {
      assert.deepEqual(await namesIn(tree), ['new', 'shows']);
      assert.deepEqual(await namesIn(tree, '/shows'), ['episode', 'song']);
    };
    for (let round = 0; round < 2; round += 1) {
      await pass(DAY / 2);
      await refresh(tree);
      await refresh(tree, '/shows');
      await isRight();
    }
    await tree.local.settle('local-new', fileEntry('20', 'new'));
    await tree.local.settle('2');
    await tree.local.settle('3');
    await pass(LAG);
    await refresh(tree);
    await refresh(tree, '/shows');
    await isRight();
    await pass(1);
    await refresh(tree);
    assert.deepEqual(await namesIn(tree), ['film', 'shows', 'song']);
    assert.deepEqual(await namesIn(tree, '/shows'), ['episode']);
  });

  it('is not changed by a listing that was begun before the lag was over', async () => {
    const tree = await openKnown();
    await tree.local.hide('2');
    await tree.local.settle('2');
    await pass(LAG);
    let release: () => void = () => undefined;
    house.driver.beforePage = () => new Promise((resolve) => (release = resolve));
    const slow = refresh(tree);
    await until(() => house.driver.lists.length === 1);
    await pass(10_000);
    await tree.local.settle('3');
    release();
    await slow;
    assert.deepEqual(await namesIn(tree), ['shows', 'song']);
  });

  it('never asks for a local directory, which holds what is put there', async () => {
    const tree = await openKnown();
    await tree.local.add(localDirectory('made'));
    await tree.local.add(localDirectory('inner', { parentId: 'local-made' }));
    await tree.local.add(localFile('deep', { parentId: 'local-inner' }));
    await tree.local.move('11', 'local-inner', 'episode');
    assert.deepEqual(await namesIn(tree, '/made'), ['inner']);
    assert.deepEqual(await namesIn(tree, '/made/inner'), ['deep', 'episode']);
    await assert.rejects(tree.resolve('/made/none', callOf()), withErrno('ENOENT'));
    await pass(3 * DAY);
    await tree.refresh('/made', { recursive: true }, callOf());
    assert.deepEqual(await namesIn(tree, '/made/inner'), ['deep', 'episode']);
    // The directories above are old by now.
    await until(() => tree.status().refreshing === 0);
    assert.deepEqual(
      house.driver.lists.filter((id) => id.startsWith('local-')),
      [],
    );
  });

  it('keeps everything below a local directory when the cloud has made it', async () => {
    const told: string[] = [];
    const tree = await openKnown(told);
    await tree.local.add(localDirectory('made'));
    await tree.local.add(localDirectory('inner', { parentId: 'local-made' }));
    await tree.local.add(localFile('deep', { parentId: 'local-inner' }));
    await tree.local.move('11', 'local-made', 'episode');
    const paths = ['/made', '/made/inner', '/made/inner/deep', '/made/episode'];
    const nodes = await Promise.all(paths.map((path) => tree.resolve(path, callOf())));
    told.length = 0;
    await tree.local.settle('local-made', directoryEntry('50', 'made'));
    await tree.local.settle('local-inner', directoryEntry('51', 'inner', { parentId: '50' }));
    for (const [index, path] of paths.entries()) {
      assert.equal(await tree.resolve(path, callOf()), nodes[index]);
    }
    assert.deepEqual(
      nodes.map(({ entry }) => [entry.id, entry.parentId]),
      [
        ['50', '0'],
        ['51', '50'],
        ['local-deep', '51'],
        ['11', '50'],
      ],
    );
    await assert.rejects(tree.resolve('/made/none', callOf()), withErrno('ENOENT'));
    assert.deepEqual(told, []);
    assert.deepEqual(house.driver.calls, []);
    await tree.local.add(localFile('late', { parentId: 'local-made' }));
    assert.deepEqual(await namesIn(tree, '/made'), ['episode', 'inner', 'late']);
  });

  it('moves a directory with all that is below it, met or not, at once', async () => {
    house.driver.content.set('1', [directoryEntry('12', 'season', { parentId: '1' })]);
    house.driver.content.set('12', [fileEntry('13', 'pilot', { parentId: '12' })]);
    await openKnown().then((tree) => namesIn(tree, '/shows/season'));
    await house.close();
    const told: string[] = [];
    const tree = await openKnown(told);
    const season = await tree.resolve('/shows/season', callOf());
    await tree.local.add(localDirectory('made'));
    await tree.local.move('12', 'local-made', 'first');
    assert.equal(pathOf(season), '/made/first');
    assert.deepEqual(told.sort(), ['/made', '/made/first', '/shows/season']);
    await tree.local.move('local-made', '1', 'kept');
    assert.equal(await idOf(tree, '/shows/kept/first/pilot'), '13');
    assert.deepEqual(house.driver.calls, []);
  });

  it('replaces a file in one step', async () => {
    const tree = await openKnown();
    const seen = new Set<string>();
    const look = async () => {
      const films = (await namesIn(tree)).filter((name) => name.startsWith('film'));
      seen.add(`${films.join()} ${await idOf(tree, '/film')}`);
    };
    const state = { isDone: false };
    const replaced = Promise.all([tree.local.hide('2'), tree.local.add(localFile('x', { name: 'film' }))]);
    const done = replaced.finally(() => (state.isDone = true));
    for (let turn = 0; !state.isDone || turn < 10; turn += 1) {
      await look();
      await settle();
    }
    await done;
    await look();
    assert.deepEqual([...seen], ['film 2', 'film local-x']);
  });

  it('gives a name to what was put here before others, and tells those apart', async () => {
    const tree = await openKnown();
    await tree.local.add(localFile('x', { name: 'film', createdAt: Date.UTC(2030, 1) }));
    assert.deepEqual(await namesIn(tree), ['film', 'film~2', 'shows', 'song']);
    assert.equal(await idOf(tree, '/film'), 'local-x');
    await refresh(tree);
    assert.equal(await idOf(tree, '/film'), 'local-x');
    await tree.local.move('local-x', '0', 'movie');
    assert.deepEqual(await namesIn(tree), ['film', 'movie', 'shows', 'song']);
    assert.equal(await idOf(tree, '/film'), '2');
    await tree.local.hide('local-x');
    assert.deepEqual(await namesIn(tree), ['film', 'shows', 'song']);
  });

  it('shows again what the cloud refused to change', async () => {
    const tree = await openKnown();
    await tree.local.hide('2');
    await tree.local.move('3', '1', 'tune');
    await tree.local.reveal(fileEntry('2', 'film'));
    await tree.local.reveal(fileEntry('3', 'song'));
    await refresh(tree);
    assert.deepEqual(await namesIn(tree), ['film', 'shows', 'song']);
    assert.deepEqual(await namesIn(tree, '/shows'), ['episode']);
    await pass(LAG + 1);
    house.driver.content.set('0', [directoryEntry('1', 'shows')]);
    await refresh(tree);
    assert.deepEqual(await namesIn(tree), ['shows']);
  });

  it('shows other attributes of the same node, wherever it is said to be', async () => {
    const told: string[] = [];
    const tree = await openKnown(told);
    await tree.local.add(localFile('new', { size: 0 }));
    const node = await tree.resolve('/new', callOf());
    told.length = 0;
    await tree.local.update(localFile('new', { size: 77, parentId: '1', name: 'else' }));
    assert.equal(await tree.resolve('/new', callOf()), node);
    assert.ok(node.kind === 'file' && node.entry.size === 77);
    assert.deepEqual(told, ['/new']);
    await tree.local.update(fileEntry('2', 'film', { size: 5 }));
    assert.ok(((await tree.resolve('/film', callOf())).entry as FileEntry).size === 5);
    await pass(LAG + 1);
    await refresh(tree);
    assert.ok(((await tree.resolve('/film', callOf())).entry as FileEntry).size === 1000);
  });

  it('refuses to move what is not there, and a directory below itself', async () => {
    const tree = await openKnown();
    await tree.local.add(localDirectory('inner', { parentId: '1' }));
    await assert.rejects(tree.local.move('99', '0', 'x'), withErrno('ENOENT'));
    await assert.rejects(tree.local.move('1', 'local-inner', 'x'), withErrno('EINVAL'));
    await assert.rejects(tree.local.move('1', '1', 'x'), withErrno('EINVAL'));
    assert.deepEqual(await namesIn(tree, '/shows'), ['episode', 'inner']);
  });

  it('finds what is shown although the disk does not tell where', async () => {
    const tree = await openKnown();
    await pass(1000);
    await until(() => tree.status().unwritten === 0);
    await (await house.database()).query('DELETE FROM tree_places');
    await tree.local.hide('2');
    await tree.local.move('3', '1', 'tune');
    assert.deepEqual(await namesIn(tree), ['shows']);
    assert.deepEqual(await namesIn(tree, '/shows'), ['episode', 'tune']);
  });

  it('tells which entry is shown under an id', async () => {
    const tree = await openKnown();
    await tree.local.add(localFile('new'));
    await tree.local.hide('2');
    assert.equal((await tree.local.entry('local-new'))?.name, 'new');
    assert.equal((await tree.local.entry('11'))?.name, 'episode');
    assert.equal((await tree.local.entry('0'))?.id, '0');
    assert.equal(await tree.local.entry('2'), null);
    assert.equal(await tree.local.entry('99'), null);
    await tree.local.settle('local-new', fileEntry('20', 'new'));
    assert.equal((await tree.local.entry('local-new'))?.id, '20');
  });

  it('keeps the path when the cloud has chosen another name, until it is listed', async () => {
    const tree = await openKnown();
    await tree.local.add(localFile('new'));
    await tree.local.settle('local-new', fileEntry('20', 'new(1)'));
    assert.equal(await idOf(tree, '/new'), '20');
    await pass(LAG + 1);
    house.driver.content.set('0', [directoryEntry('1', 'shows'), fileEntry('20', 'new(1)')]);
    await refresh(tree);
    assert.deepEqual(await namesIn(tree), ['new(1)', 'shows']);
  });

  it('has one node for an upload that was listed before it was settled', async () => {
    const tree = await openKnown();
    await tree.local.add(localFile('new'));
    const node = await tree.resolve('/new', callOf());
    house.driver.content.set('0', [directoryEntry('1', 'shows'), fileEntry('20', 'new')]);
    await refresh(tree);
    assert.deepEqual(await namesIn(tree), ['new', 'new~20', 'shows']);
    await tree.local.settle('local-new', fileEntry('20', 'new'));
    assert.deepEqual(await namesIn(tree), ['new', 'shows']);
    assert.equal(await tree.resolve('/new', callOf()), node);
    assert.equal(node.entry.id, '20');
  });

  it('knows a directory that was listed before it was settled', async () => {
    const tree = await openKnown();
    await tree.local.add(localDirectory('made'));
    await tree.local.add(localFile('mine', { parentId: 'local-made' }));
    const node = await tree.resolve('/made', callOf());
    house.driver.content.set('0', [directoryEntry('50', 'made')]);
    house.driver.content.set('50', [fileEntry('51', 'theirs', { parentId: '50' })]);
    await refresh(tree);
    assert.deepEqual(await namesIn(tree, '/made~50'), ['theirs']);
    await tree.local.settle('local-made', directoryEntry('50', 'made'));
    assert.equal(await tree.resolve('/made', callOf()), node);
    assert.deepEqual(await namesIn(tree, '/made'), ['mine', 'theirs']);
    assert.equal(pathOf(await tree.resolve('/made/theirs', callOf())), '/made/theirs');
  });

  it('answers at once for what was put into a directory that nobody has listed', async () => {
    const tree = await house.open();
    await namesIn(tree);
    house.driver.calls.length = 0;
    await tree.local.add(localFile('new', { parentId: '1' }));
    await tree.local.add(localDirectory('made', { parentId: '1' }));
    await tree.local.add(localFile('inner', { parentId: 'local-made' }));
    await tree.local.move('2', '1', 'film');
    for (const name of ['new', 'film', 'made/inner']) await tree.resolve(`/shows/${name}`, callOf());
    assert.deepEqual(house.driver.calls, []);
    assert.deepEqual(await namesIn(tree, '/shows'), ['episode', 'film', 'made', 'new']);
    assert.deepEqual(house.driver.calls, ['list 1']);
  });

  it('does not take what was changed here for a loss of the cloud', async () => {
    house.driver.content.set(
      '0',
      Array.from({ length: 30 }, (_, index) => fileEntry(String(100 + index), `film ${index}`)),
    );
    const tree = await house.open();
    await namesIn(tree);
    for (let index = 0; index < 30; index += 1) {
      await tree.local.add(localFile(`new ${index}`));
      await tree.local.hide(String(100 + index));
      await tree.local.settle(String(100 + index));
    }
    house.driver.content.set('0', []);
    const asked = house.driver.lists.length;
    await refresh(tree);
    assert.equal(house.driver.lists.length, asked + 1);
    assert.equal((await namesIn(tree)).length, 30);
    assert.equal(tree.status().entries, 0);
  });

  it('keeps a directory that the cloud lost while something in it waits to be uploaded', async () => {
    const tree = await openKnown();
    await tree.local.add(localFile('new', { parentId: '1' }));
    house.driver.content.set('0', [fileEntry('2', 'film')]);
    house.driver.content.delete('1');
    await refresh(tree);
    await assert.rejects(refresh(tree, '/shows'));
    assert.equal(await idOf(tree, '/shows/new'), 'local-new');
    await tree.local.hide('local-new');
    await tree.local.settle('local-new');
    await refresh(tree);
    assert.deepEqual(await namesIn(tree), ['film']);
  });

  it('shows what stands for characters that the cloud refuses as those', async () => {
    Object.assign(house.driver.facts, { forbiddenCharacters: '"<>' });
    house.driver.content.set('0', [fileEntry('2', '＂a＂')]);
    const tree = await house.open();
    await tree.local.add(localFile('x', { name: '＜b＞' }));
    assert.deepEqual(await namesIn(tree), ['"a"', '<b>']);
    await assert.doesNotReject(tree.resolve('/<b>', callOf()));
  });

  it('finds its changes again when listings were forgotten by memory', async () => {
    const tree = await house.open({ entriesInMemory: 3 });
    await tree.resolve('/shows/episode', callOf());
    await tree.local.add(localFile('new'));
    await tree.local.add(localDirectory('made', { parentId: '1' }));
    await tree.local.add(localFile('inner', { parentId: 'local-made' }));
    await tree.local.hide('2');
    await tree.local.move('3', 'local-made', 'song');
    house.driver.calls.length = 0;
    for (let round = 0; round < 3; round += 1) {
      assert.deepEqual(await namesIn(tree), ['new', 'shows']);
      assert.deepEqual(await namesIn(tree, '/shows'), ['episode', 'made']);
      assert.deepEqual(await namesIn(tree, '/shows/made'), ['inner', 'song']);
      await pass(1000);
    }
    assert.deepEqual(house.driver.calls, []);
  });

  describe('and the time of a directory', () => {
    const timeOf = async (tree: Tree, path: string) => (await tree.resolve(path, callOf())).entry.modifiedAt;

    it('advances it with every change of its content, through older listings', async () => {
      const tree = await openKnown();
      const change = async (...changes: Promise<void>[]) => {
        await Promise.all(changes);
        const now = house.env.clock.now();
        await pass(1000);
        return now;
      };
      assert.equal(
        await change(tree.local.add(localFile('a', { parentId: '1' }))),
        await timeOf(tree, '/shows'),
      );
      assert.equal(await change(tree.local.hide('local-a')), await timeOf(tree, '/shows'));
      const moved = await change(tree.local.move('2', '1', 'film'));
      assert.deepEqual([await timeOf(tree, '/shows'), await timeOf(tree, '/')], [moved, moved]);
      await refresh(tree);
      assert.equal(await timeOf(tree, '/shows'), moved);
      const later = moved + DAY;
      house.driver.content.set('0', [directoryEntry('1', 'shows', { modifiedAt: later })]);
      await refresh(tree);
      assert.equal(await timeOf(tree, '/shows'), later);
    });

    it('leaves it alone when a file is overwritten, settled or changed', async () => {
      const tree = await openKnown();
      const before = await timeOf(tree, '/');
      await Promise.all([tree.local.hide('2'), tree.local.add(localFile('x', { name: 'film' }))]);
      await tree.local.update(localFile('x', { size: 5 }));
      await tree.local.settle('local-x', fileEntry('20', 'film'));
      assert.equal(await timeOf(tree, '/'), before);
    });

    it('is the time of the change, not one that was set before', async () => {
      const tree = await openKnown();
      await tree.attributes.set('1', { modifiedAt: 5n, mode: 0o700 });
      await tree.local.hide('11');
      assert.deepEqual(tree.attributes.of('1'), { mode: 0o700 });
    });
  });
});
