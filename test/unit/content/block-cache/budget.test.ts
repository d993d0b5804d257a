import assert from 'node:assert/strict';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { CacheHouse, type HouseOptions, MIB, span, unitOf } from './cache-house.js';

const SIZE = 1024 * MIB;
const MINUTE = 60_000;

describe('the budget of the block cache', () => {
  let house: CacheHouse;

  afterEach(() => house.close());

  async function open(options: HouseOptions): Promise<void> {
    house = await CacheHouse.open(options);
  }

  /** Sixteen units of a content: a little more than 2 MiB. */
  async function fill(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await house.fill(key, SIZE, span(0, 16));
      await house.env.clock.advance(1000);
    }
  }

  async function whole(...keys: readonly string[]): Promise<string> {
    let found = '';
    for (const key of keys) found += (await house.kept(key, SIZE, [15])).length > 0 ? key : '';
    return found;
  }

  it('is kept on the disk, whoever was not used longest going first', async () => {
    await open({ size: 7 * MIB });
    await fill('a', 'b', 'c');
    assert.equal(await whole('a'), 'a');
    await fill('d');
    assert.equal(await whole('b', 'c', 'd', 'a'), 'cda');
    assert.equal(house.cache.status().evicted, 1);
    await fill('e', 'f', 'g', 'h', 'i');
    const { bytes, limit } = house.cache.status();
    assert.ok(bytes <= limit && bytes === (await house.diskUsage()), `${bytes}`);
    assert.equal((await house.segments()).length, 3);
  });

  it('evicts in the order of use that it knew before a restart', async () => {
    await open({ size: 7 * MIB });
    await fill('a', 'b', 'c');
    await house.env.clock.advance(10 * MINUTE);
    await whole('a');
    await house.restart();
    await fill('d');
    assert.equal(await whole('a', 'b', 'c', 'd'), 'acd');
  });

  it('holds what an earlier run left, when it has become smaller', async () => {
    await open({ size: 64 * MIB });
    await fill('a', 'b', 'c');
    await house.restart({ size: 5 * MIB });
    assert.equal(await whole('a', 'b', 'c'), 'bc');
    assert.ok((await house.diskUsage()) <= 5 * MIB);
  });

  it('is apart for probes', async () => {
    await open({ size: 5 * MIB, probes: 5 * MIB });
    await house.fill('p', SIZE, span(0, 16), 'probe');
    await fill('a', 'b', 'c', 'd');
    assert.equal(await whole('p', 'c', 'd'), 'pcd');
    for (const key of ['q', 'r']) await house.fill(key, SIZE, span(0, 16), 'probe');
    assert.equal(await whole('p', 'q', 'r', 'c', 'd'), 'qrcd');
  });

  it('keeps a probe although the same bytes are evicted as data', async () => {
    await open({ size: 5 * MIB, probes: 5 * MIB });
    await fill('a');
    await house.fill('a', SIZE, span(12, 16), 'probe');
    await fill('b', 'c');
    assert.deepEqual(await house.kept('a', SIZE, span(0, 16)), span(12, 16));
  });

  it('does not evict what an open file has read within a minute', async () => {
    await open({ size: 5 * MIB });
    await fill('a', 'b');
    const file = await house.file('a', SIZE);
    await file.read(0, 1);
    await whole('b');
    await fill('c', 'd');
    assert.equal(await whole('b', 'c', 'd'), 'd');
    assert.ok(file.has(15));
    await house.env.clock.advance(MINUTE);
    await fill('e', 'f');
    assert.ok(!file.has(15));
  });

  it('drops new bytes when all that is there is being read', async () => {
    await open({ size: 5 * MIB });
    await fill('a', 'b');
    const files = await Promise.all(['a', 'b'].map((key) => house.file(key, SIZE)));
    for (const file of files) await file.read(0, 1);
    await fill('c');
    assert.equal(await whole('c'), '');
    assert.equal(house.cache.status().state.kind, 'on');
    assert.equal(house.cache.status().dropped, 16);
    for (const file of files) file.close();
    await fill('c');
    assert.equal(await whole('c'), 'c');
  });

  it('of nothing keeps nothing', async () => {
    await open({ size: 0 });
    await fill('a');
    assert.deepEqual(await house.segments(), []);
    await house.fill('a', SIZE, [3], 'probe');
    assert.deepEqual(await house.kept('a', SIZE, span(0, 16)), [3]);
  });

  it('gives way to the free space that is to be kept', async () => {
    await open({});
    await fill('a', 'b');
    await house.fill('p', SIZE, [0], 'probe');
    const { bavail, bsize } = await statfs(tmpdir());
    await house.restart({ keepFree: { bytes: bavail * bsize * 2 } });
    await fill('c');
    const { state } = house.cache.status();
    assert.ok(state.kind === 'off' && /less free space/.test(state.message), JSON.stringify(state));
    assert.deepEqual(await house.segments(), []);
    await house.restart({ keepFree: { share: 0.0001 } });
    await fill('c');
    assert.equal(await whole('c'), 'c');
  });

  it('counts an evicted unit as missing for a file that has it open', async () => {
    await open({ size: 3 * MIB });
    await fill('a');
    const file = await house.file('a', SIZE);
    await fill('b');
    assert.ok(!file.has(0));
    file.write(0, unitOf('a', 0), 'data');
    await house.cache.settled();
    assert.ok(file.has(0) && !file.has(1));
  });
});
