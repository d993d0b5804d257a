import assert from 'node:assert/strict';
import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { UNIT } from '../../../../src/content/block-cache/block-cache.js';
import { contentFolder } from '../../../../src/content/block-cache/content-folder.js';
import { type PinnedContent, PinnedContents } from '../../../../src/content/block-cache/pinned-contents.js';
import { slotOffset } from '../../../../src/content/block-cache/segment-format.js';
import { MapStore } from '../../../fakes/map-store.js';
import { CacheHouse, MIB, span } from './cache-house.js';

const SIZE = 40 * MIB;
const { signal } = new AbortController();
const nobody = (): void => undefined;

describe('upkeep of the block cache', () => {
  let house: CacheHouse;
  beforeEach(async () => {
    house = await CacheHouse.open();
  });
  afterEach(() => house.close());

  async function overwrite(name: string, position: number): Promise<void> {
    const file = await open(join(house.directory, name), 'r+');
    await file.write(Uint8Array.of(1), 0, 1, position);
    await file.close();
  }

  describe('verifying', () => {
    it('finds nothing wrong where nothing is, and counts every byte', async () => {
      await house.fill('sha1-A', SIZE, span(0, 320));
      await house.fill('sha1-B', 1000, [0], 'probe');
      const told: number[] = [];
      const report = await house.cache.verify(({ checked }) => told.push(checked), signal);
      assert.deepEqual(report, { checked: SIZE + 1000, dropped: 0 });
      assert.deepEqual([told.length, told.at(-1)], [4, SIZE + 1000]);
      assert.equal(house.cache.status().hits, 0);
    });

    it('removes what is damaged for good and keeps the rest', async () => {
      await house.fill('sha1-A', SIZE, span(0, 16));
      const [name = ''] = await house.segments();
      await overwrite(name, slotOffset(3) + 77);
      assert.deepEqual(await house.cache.verify(nobody, signal), { checked: 16 * UNIT, dropped: UNIT });
      assert.equal(house.cache.status().damaged, 1);
      await house.restart();
      const rest = span(0, 16).filter((unit) => unit !== 3);
      assert.deepEqual(await house.kept('sha1-A', SIZE, span(0, 16)), rest);
      assert.equal(house.cache.status().damaged, 0);
      await house.fill('sha1-A', SIZE, [3]);
      assert.deepEqual(await house.cache.verify(nobody, signal), { checked: 16 * UNIT, dropped: 0 });
    });

    it('removes a file whose head is damaged, one without a right unit, and forgets one that is gone', async () => {
      for (const key of ['sha1-A', 'sha1-B', 'sha1-C']) await house.fill(key, SIZE, [0]);
      const [first = '', second = '', third = ''] = await house.segments();
      await overwrite(first, 5);
      await overwrite(second, slotOffset(0));
      await truncate(join(house.directory, third), slotOffset(0) + 10);
      const report = await house.cache.verify(nobody, signal);
      assert.equal(report.checked, 2 * UNIT);
      assert.ok(report.dropped >= 3 * UNIT, String(report.dropped));
      assert.deepEqual([await house.segments(), house.cache.status().bytes], [[], 0]);
    });

    it('goes on while the content is read and written', async () => {
      await house.fill('sha1-A', SIZE, span(0, 64));
      const file = await house.file('sha1-A', SIZE);
      const work = [house.cache.verify(nobody, signal), house.fill('sha1-A', SIZE, span(64, 128))];
      assert.notEqual(await file.read(0, 8), null);
      await Promise.all(work);
      file.close();
      assert.deepEqual(await house.kept('sha1-A', SIZE, span(0, 128)), span(0, 128));
    });

    it('ends when it is aborted', async () => {
      await house.fill('sha1-A', SIZE, span(0, 320));
      const stop = new AbortController();
      const verifying = house.cache.verify(() => stop.abort(new Error('enough')), stop.signal);
      await assert.rejects(verifying, /enough/);
    });
  });

  describe('evicting', () => {
    it('removes one content, also while it is open', async () => {
      await house.fill('sha1-A', SIZE, span(0, 8));
      await house.fill('sha1-B', SIZE, span(0, 8));
      const file = await house.file('sha1-A', SIZE);
      const before = house.cache.status().bytes;
      assert.equal(house.cache.holds('sha1-A', SIZE), true);
      const freed = await house.cache.evict('sha1-A', SIZE);
      assert.deepEqual([freed, house.cache.status().bytes], [before / 2, before / 2]);
      assert.deepEqual([file.has(0), await file.read(0, 8)], [false, null]);
      file.close();
      assert.deepEqual(
        [house.cache.holds('sha1-A', SIZE), await house.cache.evict('sha1-A', SIZE)],
        [false, 0],
      );
      assert.deepEqual(await house.kept('sha1-B', SIZE, span(0, 8)), span(0, 8));
      assert.equal(await house.diskUsage(), house.cache.status().bytes);
    });

    it('removes everything but what is pinned', async () => {
      const pinned = contentFolder('sha1-B', SIZE);
      await house.restart({ pins: { has: (folder) => folder === pinned } });
      for (const key of ['sha1-A', 'sha1-B', 'sha1-C']) await house.fill(key, SIZE, span(0, 8));
      const { contents, bytes } = await house.cache.evictAll();
      assert.deepEqual([contents, bytes], [2, 2 * house.cache.status().bytes]);
      assert.deepEqual(await house.kept('sha1-B', SIZE, span(0, 8)), span(0, 8));
    });
  });

  describe('pins', () => {
    const pinOf = (key: string): PinnedContent => ({
      ...{ key, size: SIZE, folder: contentFolder(key, SIZE) },
      ...{ drive: 'films', path: `/${key}` },
    });

    it('keep a content that is older than all others from making room, also after a restart', async () => {
      const rows = new MapStore<PinnedContent>();
      const pins = await PinnedContents.open(rows);
      await pins.add(pinOf('sha1-A'));
      await house.restart({ size: 9 * MIB, pins });
      await house.fill('sha1-A', SIZE, span(0, 16));
      await house.restart({ pins: await PinnedContents.open(rows) });
      for (const key of ['sha1-B', 'sha1-C', 'sha1-D', 'sha1-E']) {
        await house.env.clock.advance(120_000);
        await house.fill(key, SIZE, span(0, 16));
      }
      assert.ok(house.cache.status().evicted > 0);
      assert.deepEqual(await house.kept('sha1-A', SIZE, span(0, 16)), span(0, 16));
      assert.deepEqual(await house.kept('sha1-B', SIZE, span(0, 16)), []);
    });

    it('end when they are removed', async () => {
      const rows = new MapStore<PinnedContent>();
      const pins = await PinnedContents.open(rows);
      await pins.add(pinOf('sha1-A'));
      await pins.add(pinOf('sha1-B'));
      await pins.remove(contentFolder('sha1-A', SIZE));
      assert.deepEqual([pins.all, pins.bytes], [[pinOf('sha1-B')], SIZE]);
      const after = await PinnedContents.open(rows);
      assert.deepEqual([after.has(contentFolder('sha1-A', SIZE)), after.all], [false, pins.all]);
    });
  });
});
