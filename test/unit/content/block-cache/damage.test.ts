import assert from 'node:assert/strict';
import { copyFile, open, readFile, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { UNIT } from '../../../../src/content/block-cache/block-cache.js';
import { slotOffset } from '../../../../src/content/block-cache/segment-format.js';
import { CacheHouse, MIB, span, unitOf } from './cache-house.js';

const SIZE = 40 * MIB;

describe('damage on the disk', () => {
  let house: CacheHouse;

  beforeEach(async () => {
    house = await CacheHouse.open();
  });

  afterEach(() => house.close());

  /** The path of a segment of the content. */
  async function segment(key: string, name: string): Promise<string> {
    const found = (await house.segments()).find(
      (path) => path.includes(`/${key}-`) && path.endsWith(`/${name}`),
    );
    assert.ok(found !== undefined, `${key} ${name}`);
    return join(house.directory, found);
  }

  async function overwrite(path: string, position: number, bytes: Uint8Array): Promise<void> {
    const file = await open(path, 'r+');
    await file.write(bytes, 0, bytes.length, position);
    await file.close();
  }

  it('of one byte costs that unit, which can then be kept again', async () => {
    await house.fill('sha1-A', SIZE, span(0, 16));
    await overwrite(await segment('sha1-A', '0.data'), slotOffset(3) + 77, Uint8Array.of(1));
    const file = await house.file('sha1-A', SIZE);
    assert.equal(await file.read(0, 8), null);
    assert.deepEqual(
      span(0, 8).filter((unit) => !file.has(unit)),
      [3],
    );
    assert.equal(house.cache.status().damaged, 1);
    file.write(3, unitOf('sha1-A', 3), 'data');
    await house.cache.settled();
    assert.deepEqual(await house.kept('sha1-A', SIZE, span(0, 16)), span(0, 16));
    await house.restart();
    assert.deepEqual(await house.kept('sha1-A', SIZE, span(0, 16)), span(0, 16));
  });

  it('by truncation costs what is gone', async () => {
    await house.fill('sha1-A', SIZE, span(0, 16));
    await truncate(await segment('sha1-A', '0.data'), slotOffset(5) + 10);
    assert.deepEqual(await house.kept('sha1-A', SIZE, span(0, 16)), span(0, 5));
  });

  it('of the header costs the units that it lost, which can then be kept again', async () => {
    for (const [position, bytes] of [
      [0, Buffer.from('x')],
      [40, Buffer.alloc(504, 255)],
    ] as const) {
      const key = `sha1-${position}`;
      await house.fill(key, SIZE, span(0, 4));
      await overwrite(await segment(key, '0.data'), position, bytes);
      const file = await house.file(key, SIZE);
      for (const unit of [2, 3]) {
        assert.equal(await file.read(unit, 1), null);
        file.write(unit, unitOf(key, unit), 'data');
      }
      await house.restart();
      assert.deepEqual(await house.kept(key, SIZE, [2, 3]), [2, 3]);
      if (position === 0) assert.ok((await house.diskUsage()) < 3 * UNIT, 'lost units take room');
    }
  });

  it('by an exchange of files is found', async () => {
    await house.fill('sha1-A', SIZE, span(0, 4));
    await house.fill('sha1-B', SIZE, span(0, 4));
    await copyFile(await segment('sha1-A', '0.data'), await segment('sha1-B', '0.data'));
    assert.deepEqual(await house.kept('sha1-B', SIZE, span(0, 4)), []);
    assert.deepEqual(await house.kept('sha1-A', SIZE, span(0, 4)), span(0, 4));
  });

  it('by bytes of another content or place under a right header is found', async () => {
    await house.fill('sha1-A', SIZE, span(0, 4));
    await house.fill('sha1-B', SIZE, span(0, 4));
    const path = await segment('sha1-B', '0.data');
    const stranger = await readFile(await segment('sha1-A', '0.data'));
    const own = await readFile(path);
    // Each with its checksum, which is right for the bytes alone.
    for (const [slot, source, from] of [
      [0, stranger, 0],
      [1, own, 2],
    ] as const) {
      await overwrite(path, 32 + 4 * slot, source.subarray(32 + 4 * from, 36 + 4 * from));
      await overwrite(path, slotOffset(slot), source.subarray(slotOffset(from), slotOffset(from + 1)));
    }
    assert.deepEqual(await house.kept('sha1-B', SIZE, span(0, 4)), [2, 3]);
  });

  it('is logged once a minute, not for each unit', async () => {
    await house.fill('sha1-A', SIZE, span(0, 256));
    await truncate(await segment('sha1-A', '0.data'), 4096);
    await house.kept('sha1-A', SIZE, span(0, 128));
    const warned = (): number => house.env.log.lines.filter(({ level }) => level === 'warn').length;
    assert.equal(warned(), 1);
    await house.env.clock.advance(60_000);
    await truncate(await segment('sha1-A', '1.data'), 4096);
    await house.kept('sha1-A', SIZE, span(128, 256));
    assert.equal(warned(), 2);
  });

  it('by removing everything while it is read is survived', async () => {
    await house.fill('sha1-A', SIZE, span(0, 16));
    await house.fill('sha1-B', SIZE, span(0, 16));
    const file = await house.file('sha1-A', SIZE);
    assert.ok((await file.read(0, 8)) !== null);
    await rm(house.directory, { recursive: true });
    // An open descriptor still has the old bytes.
    assert.equal(Buffer.compare((await file.read(8, 1)) ?? Buffer.alloc(0), unitOf('sha1-A', 8)), 0);
    assert.deepEqual(await house.kept('sha1-B', SIZE, span(0, 16)), []);
    file.write(20, unitOf('sha1-A', 20), 'data');
    await house.cache.settled();
    assert.deepEqual(
      span(0, 32).filter((unit) => file.has(unit)),
      [20],
    );
    assert.ok((await file.read(20, 1)) !== null, 'the old file was read');
    assert.equal(house.cache.status().state.kind, 'on');
    await house.restart();
    assert.deepEqual(await house.kept('sha1-A', SIZE, span(0, 32)), [20]);
  });

  it('by something in the way turns the cache off until it is gone', async () => {
    const away = `${house.directory}.away`;
    await house.fill('sha1-A', SIZE, [0]);
    await rename(house.directory, away);
    await (await open(house.directory, 'w')).close();
    await house.fill('sha1-B', SIZE, [0]);
    const { state } = house.cache.status();
    assert.ok(state.kind === 'off' && state.message.includes(house.directory), JSON.stringify(state));
    await rm(house.directory);
    await rename(away, house.directory);
    await house.env.clock.advance(60_000);
    await house.fill('sha1-B', SIZE, [0]);
    assert.equal(house.cache.status().state.kind, 'on');
    assert.deepEqual(await house.kept('sha1-B', SIZE, [0]), [0]);
  });

  it('does not keep a read of many units from those that are whole', async () => {
    await house.fill('sha1-A', SIZE, span(0, 64));
    await overwrite(await segment('sha1-A', '0.data'), slotOffset(20), Buffer.alloc(UNIT, 9));
    const file = await house.file('sha1-A', SIZE);
    for (const unit of span(0, 20)) assert.ok((await file.read(unit, 1)) !== null, `${unit}`);
    assert.equal(await file.read(20, 1), null);
    for (const unit of span(21, 64)) assert.ok((await file.read(unit, 1)) !== null, `${unit}`);
  });
});
