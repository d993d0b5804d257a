import assert from 'node:assert/strict';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UNIT } from '../../../../src/content/block-cache/block-cache.js';
import { CacheHouse, MIB, span, unitOf } from './cache-house.js';

const SIZE = 40 * MIB + 1000;
const LAST = 320;

describe('the block cache', () => {
  let house: CacheHouse;

  beforeEach(async () => {
    house = await CacheHouse.open();
  });

  afterEach(() => house.close());

  it('gives back what was written, over the edges of segments', async () => {
    await house.fill('sha1-A', SIZE, span(0, 321));
    const file = await house.file('sha1-A', SIZE);
    for (const [first, count] of [
      [0, 8],
      [3, 7],
      [120, 16],
      [316, 5],
      [0, 321],
    ] as const) {
      const expected = span(first, first + count).map((unit) =>
        unitOf('sha1-A', unit, unit === LAST ? 1000 : UNIT),
      );
      assert.equal(
        Buffer.compare((await file.read(first, count)) ?? Buffer.alloc(0), Buffer.concat(expected)),
        0,
      );
    }
    assert.equal(house.cache.status().hits, 8 + 7 + 16 + 5 + 321);
  });

  it('keeps what was written over a restart', async () => {
    await house.fill('sha1-A', SIZE, [0, 1, 130, LAST]);
    await house.fill('sha1-B', 5, [0], 'probe');
    const before = house.cache.status();
    await house.restart();
    const { bytes, probeBytes, files } = house.cache.status();
    assert.deepEqual([bytes, probeBytes, files], [before.bytes, before.probeBytes, 2]);
    assert.deepEqual(await house.kept('sha1-A', SIZE, span(0, 321)), [0, 1, 130, LAST]);
    assert.deepEqual(await house.kept('sha1-B', 5, [0]), [0]);
  });

  it('counts once what is read before it was found', async () => {
    await house.fill('sha1-A', SIZE, [0, 1]);
    await house.restart({}, async (cache) => {
      const file = cache.file('sha1-A', SIZE);
      await file.ready(0, 2);
      assert.ok((await file.read(0, 2)) !== null);
    });
    assert.equal(house.cache.status().bytes, await house.diskUsage());
  });

  it('takes as many bytes on the disk as it says', async () => {
    await house.fill('sha1-A', SIZE, [0, 7, 200, LAST]);
    await house.fill('sha1-A', SIZE, [0, 9], 'probe');
    const { bytes, probeBytes } = house.cache.status();
    assert.equal(bytes + probeBytes, await house.diskUsage());
    assert.ok(bytes < 5 * UNIT, `${bytes}`);
  });

  it('is private', async () => {
    await house.fill('sha1-A', SIZE, [0]);
    const [segment = ''] = await house.segments();
    const modes = await Promise.all(
      ['..', '.'].map((above) => stat(join(house.directory, segment, '..', above))),
    );
    assert.deepEqual(
      modes.map(({ mode }) => mode & 0o777),
      [0o700, 0o700],
    );
    assert.equal((await stat(join(house.directory, segment))).mode & 0o777, 0o600);
  });

  it('knows a unit only once it has looked', async () => {
    await house.fill('sha1-A', SIZE, [5, 200]);
    const file = house.cache.file('sha1-A', SIZE);
    assert.equal(file.has(5), false);
    assert.equal(await file.read(5, 1), null);
    await file.ready(0, 8);
    assert.deepEqual(
      [5, 6, 200].map((unit) => file.has(unit)),
      [true, false, false],
    );
    await file.ready(190, 1000);
    assert.ok(file.has(200));
  });

  it('gives what is still being written', async () => {
    const file = house.cache.file('sha1-A', SIZE);
    for (const unit of [0, 1, 2]) file.write(unit, unitOf('sha1-A', unit), 'data');
    assert.ok(file.has(1));
    const expected = Buffer.concat([0, 1, 2].map((unit) => unitOf('sha1-A', unit)));
    assert.equal(Buffer.compare((await file.read(0, 3)) ?? Buffer.alloc(0), expected), 0);
    assert.equal(house.cache.status().queued, 3 * UNIT);
    await house.cache.settled();
    assert.equal(house.cache.status().queued, 0);
    assert.equal(Buffer.compare((await file.read(0, 3)) ?? Buffer.alloc(0), expected), 0);
  });

  it('gives a range of which some is on the disk and some is being written', async () => {
    await house.fill('sha1-A', SIZE, [0, 2, 3]);
    const file = await house.file('sha1-A', SIZE);
    file.write(1, unitOf('sha1-A', 1), 'data');
    const expected = Buffer.concat(span(0, 4).map((unit) => unitOf('sha1-A', unit)));
    assert.equal(Buffer.compare((await file.read(0, 4)) ?? Buffer.alloc(0), expected), 0);
  });

  it('answers null for a range of which a unit is missing', async () => {
    await house.fill('sha1-A', SIZE, [0, 1, 3]);
    const file = await house.file('sha1-A', SIZE);
    assert.equal(await file.read(0, 4), null);
    assert.equal(await file.read(LAST, 2), null);
    assert.equal(house.cache.status().misses, 6);
  });

  it('refuses a unit of another length', () => {
    const file = house.cache.file('sha1-A', SIZE);
    for (const [unit, length] of [
      [0, UNIT - 1],
      [LAST, UNIT],
      [LAST + 1, UNIT],
      [-1, UNIT],
    ] as const) {
      assert.throws(() => file.write(unit, new Uint8Array(length), 'data'), {
        name: 'FsError',
        errno: 'EINVAL',
      });
    }
  });

  it('keeps contents apart, whatever their keys are called', async () => {
    const keys = [
      'sha1-A',
      'sha1-a',
      '../../x',
      'a/b',
      'a b',
      '影片',
      'x'.repeat(300),
      'x'.repeat(301),
      '',
      '.',
    ];
    for (const key of keys) await house.fill(key, SIZE, [0]);
    await house.fill('sha1-A', SIZE + 1, [0]);
    await house.restart();
    for (const key of keys) assert.deepEqual(await house.kept(key, SIZE, [0]), [0]);
    assert.equal(house.cache.status().files, keys.length + 1);
    assert.equal((await house.segments()).length, keys.length + 1);
  });

  it('leaves alone what is not its own', async () => {
    await mkdir(join(house.directory, 'ab', 'notes'), { recursive: true });
    await mkdir(join(house.directory, 'ab', 'x-12'), { recursive: true });
    const strangers = ['readme', 'ab/notes/0.data', 'ab/x-12/readme', 'ab/x-12/0.data.old'];
    for (const name of strangers) await writeFile(join(house.directory, name), 'mine');
    await house.restart();
    await house.fill('sha1-A', SIZE, [0]);
    const names = await readdir(house.directory, { recursive: true });
    assert.deepEqual(
      strangers.filter((name) => !names.includes(name)),
      [],
    );
    assert.equal(house.cache.status().files, 1);
  });

  it('frees the memory of a content that nobody reads', async () => {
    const file = await house.file('sha1-A', SIZE);
    assert.equal(house.cache.status().files, 1);
    file.close();
    file.close();
    assert.equal(house.cache.status().files, 0);
    assert.equal(await file.read(0, 1), null);
  });

  it('closes with what was queued on the disk', async () => {
    const file = house.cache.file('sha1-A', SIZE);
    for (const unit of span(0, 200)) file.write(unit, unitOf('sha1-A', unit), 'data');
    file.close();
    await house.restart();
    assert.equal((await house.kept('sha1-A', SIZE, span(0, 320))).length, 200);
  });

  it('drops what is more than may wait', async () => {
    const file = house.cache.file('sha1-A', 1024 * MIB);
    for (const unit of span(0, 600)) file.write(unit, unitOf('sha1-A', unit), 'data');
    const { queued, dropped } = house.cache.status();
    assert.deepEqual([queued, dropped], [256 * UNIT, 344]);
    await house.cache.settled();
    assert.deepEqual(
      [255, 256].map((unit) => file.has(unit)),
      [true, false],
    );
  });
});
