import assert from 'node:assert/strict';
import type { ContentSpec } from '../clouds/house/content.js';
import type { DriveItem } from '../clouds/house/drive.js';
import { OfflineHouse } from './offline-house.js';

const MIB = 1024 * 1024;
const seeded = (seed: string): ContentSpec => ({ kind: 'seeded', seed });

describe('trees, recycle bins and the block cache over the socket against the emulated 115 Open', function () {
  this.timeout(60_000);
  let house: OfflineHouse;
  let film: DriveItem;

  before(async () => {
    house = await OfflineHouse.open();
    const { cloud } = house;
    const year = await cloud.addDirectory('2026');
    const shows = await cloud.addDirectory('剧集', year.id);
    film = await cloud.addFile({ parent: year.id, name: '新片.mkv', size: 6 * MIB, content: seeded('7') });
    await cloud.addFile({ parent: shows.id, name: '第1集.mkv', size: 6 * MIB, content: seeded('7') });
    await cloud.addFile({ parent: shows.id, name: '第2集.mkv', size: 6 * MIB, content: seeded('8') });
    await cloud.addDirectory('empty');
  });
  after(() => house.close());

  /** Calls that the cloud counted while this ran. */
  const callsOf = async (work: () => Promise<unknown>): Promise<number> => {
    await house.cloud.clearFigures();
    await work();
    return (await house.cloud.figures()).calls.total;
  };

  it('are refreshed as far as they are not known, then answer without a call', async () => {
    await house.client.call('POST /v1/refresh', { path: 'films:/', recursive: false });
    const before = await house.client.call('GET /v1/search', { text: 'mkv' });
    assert.deepEqual([before.found, before.unknown.some.length], [0, 2]);
    const told: string[] = [];
    const refreshed = await house.client.call(
      'POST /v1/refresh',
      { path: 'films:/', recursive: true, unknown: true },
      { onProgress: ({ path }) => told.push(path) },
    );
    assert.deepEqual([refreshed.directories, told.sort()], [3, ['/2026', '/2026/剧集', '/empty']]);
    const calls = await callsOf(async () => {
      const { matches, unknown } = await house.client.call('GET /v1/search', {
        text: 'mkv 新',
        path: 'films:/2026',
      });
      assert.deepEqual([matches.map(({ path }) => path), unknown.count], [['films:/2026/新片.mkv'], 0]);
      const { rows } = await house.client.call('GET /v1/du', { path: 'films:/' });
      assert.deepEqual(
        rows.map(({ path, bytes, files }) => [path, bytes, files]),
        [
          ['films:/2026', 18 * MIB, 3],
          ['films:/empty', 0, 0],
          ['films:/', 18 * MIB, 3],
        ],
      );
      const { groups, wasted } = await house.client.call('GET /v1/dupes', {});
      assert.deepEqual(
        [groups.map(({ paths }) => paths), wasted],
        [[['films:/2026/剧集/第1集.mkv', 'films:/2026/新片.mkv']], 6 * MIB],
      );
    });
    assert.equal(calls, 0);
  });

  it('give what was removed back, and show it at once', async () => {
    await house.cloud.remove({ path: '2026/剧集/第2集.mkv' });
    await house.client.call('POST /v1/refresh', { path: 'films:/2026', recursive: true });
    assert.equal((await house.client.call('GET /v1/search', { text: '第2集' })).found, 0);
    const [row] = await house.client.call('GET /v1/trash', {});
    assert.deepEqual([row?.name, row?.drive, row?.path], ['第2集.mkv', 'films', '/2026/剧集']);
    await house.client.call('POST /v1/trash/restore', { entries: ['films:/2026/剧集/第2集.mkv'] });
    assert.equal((await house.client.call('GET /v1/search', { text: '第2集' })).found, 1);
    assert.deepEqual(await house.client.call('GET /v1/trash', {}), []);
  });

  it('destroy what is in the bin when they are told to, and nothing else', async () => {
    for (const name of ['a.bin', 'b.bin']) {
      const { id } = await house.cloud.addFile({ name, size: 10 });
      await house.cloud.remove({ id });
    }
    await house.client.call('POST /v1/trash/purge', { entries: ['a.bin'], all: false });
    assert.deepEqual(
      (await house.cloud.bin()).map(({ name }) => name),
      ['b.bin'],
    );
    await house.client.call('POST /v1/trash/purge', { entries: [], all: true, drive: 'films' });
    assert.deepEqual(await house.cloud.bin(), []);
    await assert.rejects(house.client.call('POST /v1/trash/restore', { entries: ['b.bin'] }), {
      errno: 'ENOENT',
    });
  });

  it('are warm after warming: equal bytes are read once, and nothing a second time', async () => {
    const head = await house.client.call('POST /v1/cache/warm', {
      path: `films:/2026/${film.name}`,
      head: true,
    });
    assert.deepEqual([head.failed, head.cached, head.files], [0, head.bytes, 1]);
    assert.ok(head.read > 0 && head.read < 2 * MIB, String(head.read));
    const told: number[] = [];
    const all = await house.client.call(
      'POST /v1/cache/warm',
      { path: 'films:/2026', head: false },
      { onProgress: ({ files }) => told.push(files) },
    );
    assert.deepEqual([all.files, all.bytes, all.cached, all.failed], [3, 18 * MIB, 18 * MIB, 0]);
    assert.ok(all.read < 12 * MIB, String(all.read));
    assert.ok(told.length >= 3);
    const calls = await callsOf(async () => {
      const again = await house.client.call('POST /v1/cache/warm', { path: 'films:/2026', head: false });
      assert.equal(again.read, 0);
    });
    assert.equal(calls, 0);
    const status = await house.client.call('GET /v1/cache', {});
    assert.equal(status?.contents, 2);
  });

  it('keep what is pinned over a restart, and evict the rest', async () => {
    const pinned = await house.client.call('POST /v1/cache/pin', { path: 'films:/2026/新片.mkv' });
    assert.deepEqual([pinned.files, pinned.bytes], [1, 6 * MIB]);
    await house.stop();
    await house.start();
    const evicted = await house.client.call('POST /v1/cache/evict', { all: true });
    assert.deepEqual([evicted.contents, evicted.pinned], [1, 1]);
    assert.deepEqual(await house.client.call('GET /v1/cache/pins', {}), [
      { drive: 'films', path: '/2026/新片.mkv', size: 6 * MIB, cached: 6 * MIB },
    ]);
    const refused = await house.client.call('POST /v1/cache/evict', {
      path: 'films:/2026/新片.mkv',
      all: false,
    });
    assert.deepEqual([refused.contents, refused.pinned], [0, 1]);
    assert.deepEqual(await house.client.call('POST /v1/cache/verify', {}), { checked: 6 * MIB, dropped: 0 });
    // Its bytes are those of the film: a name below the folder is enough.
    await house.client.call('POST /v1/cache/unpin', { path: 'films:/2026/剧集', all: false });
    assert.deepEqual(await house.client.call('GET /v1/cache/pins', {}), []);
    const gone = await house.client.call('POST /v1/cache/evict', { path: 'films:/2026', all: false });
    assert.deepEqual([gone.contents, gone.pinned], [1, 0]);
    assert.ok(gone.bytes >= 6 * MIB);
  });

  it('refuse what is not there, and what is neither a path nor all', async () => {
    const wrong = [{ all: false }, { path: 'films:/2026', all: true }];
    for (const input of wrong) {
      await assert.rejects(house.client.call('POST /v1/cache/evict', input), { errno: 'EINVAL' });
      await assert.rejects(house.client.call('POST /v1/cache/unpin', input), { errno: 'EINVAL' });
    }
    const none = { path: 'films:/none' };
    await assert.rejects(house.client.call('POST /v1/cache/pin', none), { errno: 'ENOENT' });
    await assert.rejects(house.client.call('POST /v1/cache/warm', { ...none, head: true }), {
      errno: 'ENOENT',
    });
    await assert.rejects(house.client.call('GET /v1/du', { path: 'none:/' }), { errno: 'ENOENT' });
    await assert.rejects(house.client.call('GET /v1/search', { text: ' ' }), {
      errno: 'EINVAL',
      message: /^text: /,
    });
    assert.deepEqual(await house.client.call('POST /v1/cache/sweep', {}), [
      { drive: 'films', directories: 0, entries: 0 },
    ]);
  });
});
