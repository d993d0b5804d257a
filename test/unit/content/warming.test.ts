import assert from 'node:assert/strict';
import { Content } from '../../../src/content/content.js';
import type { StoredLink } from '../../../src/content/link-cache.js';
import { wantedRanges, warmFile } from '../../../src/content/warming.js';
import type { FileEntry } from '../../../src/driver/entry.js';
import { callOf } from '../../fakes/calls.js';
import { bench, fails, KIB, MIB } from './bench.js';
import { CacheHouse } from './block-cache/cache-house.js';
import { bytesOf, drive, FakeCdn, FakeDriver, FakeStore, fileOf } from './fake-cloud.js';
import { FakeBlocks } from './fake-blocks.js';

const FILM = fileOf('7', 24 * MIB + 1000);
const nobody = (): void => undefined;

describe('reading a file ahead of need', () => {
  const warm = async (world: ReturnType<typeof bench>, blocks: FakeBlocks, head: boolean, file = FILM) => {
    const parts = { clock: world.env.clock, content: world.content, blocks };
    const ranges = wantedRanges(file.size, head);
    return await drive(world.env.clock, warmFile(parts, world.source, file, ranges, nobody, callOf()));
  };

  it('leaves all of it in the cache, and asks for nothing of what is there', async () => {
    const blocks = new FakeBlocks();
    const world = bench({ files: [FILM], blocks });
    const whole = { bytes: FILM.size, cached: FILM.size };
    assert.deepEqual(await warm(world, blocks, false), { ...whole, read: FILM.size });
    const asked = [world.cloud.asked.length, world.cdn.requests.length];
    assert.deepEqual(await warm(world, blocks, false), { ...whole, read: 0 });
    assert.deepEqual([world.cloud.asked.length, world.cdn.requests.length], asked);
    const bytes = await drive(
      world.env.clock,
      world.content.open(world.source, FILM).read(20 * MIB, 64 * KIB, callOf()),
    );
    assert.deepEqual(bytes, bytesOf('7', 20 * MIB, 20 * MIB + 64 * KIB));
    assert.equal(world.cdn.requests.length, asked[1]);
  });

  it('fetches what is missing alone', async () => {
    const blocks = new FakeBlocks();
    const world = bench({ files: [FILM], blocks });
    await warm(world, blocks, false);
    for (const key of [...blocks.units.keys()]) if (/ (8|9)$/.test(key)) blocks.units.delete(key);
    assert.deepEqual((await warm(world, blocks, false)).read, 256 * KIB);
  });

  it('fetches little for a head: what a probe looks at, which then costs nothing', async () => {
    const blocks = new FakeBlocks();
    const world = bench({ files: [FILM], blocks });
    const { cached, bytes } = await warm(world, blocks, true);
    assert.equal(cached, bytes);
    const fetched = world.cdn.requests.reduce((sum, { start, end }) => sum + end - start, 0);
    assert.ok(fetched < 2 * MIB, String(fetched));
    const asked = world.cdn.requests.length;
    const file = world.content.open(world.source, FILM);
    await drive(world.env.clock, file.read(0, 64 * KIB, callOf()));
    await drive(world.env.clock, file.read(FILM.size - 300 * KIB, 300 * KIB, callOf()));
    file.close();
    assert.equal(world.cdn.requests.length, asked);
  });

  it('wants no byte twice, and every byte of a small file', () => {
    assert.deepEqual(wantedRanges(0, true), []);
    assert.deepEqual(wantedRanges(1000, true), [{ start: 0, end: 1000 }]);
    for (const size of [MIB, 1.5 * MIB, 1.5 * MIB + 1, 2 * MIB, 5 * MIB + 77]) {
      const [first, second] = wantedRanges(size, true);
      assert.equal(first?.start, 0);
      assert.equal((second ?? first).end, size);
      if (second !== undefined) assert.ok(second.start >= first.end && second.start % (128 * KIB) === 0);
    }
    assert.deepEqual(wantedRanges(5 * MIB, false), [{ start: 0, end: 5 * MIB }]);
  });

  it('tells how far it is, and fails as a read does', async () => {
    const blocks = new FakeBlocks();
    const world = bench({ files: [FILM], blocks });
    const parts = { clock: world.env.clock, content: world.content, blocks };
    let told = 0;
    const ranges = wantedRanges(FILM.size, false);
    const tell = (bytes: number): void => void (told += bytes);
    await drive(world.env.clock, warmFile(parts, world.source, FILM, ranges, tell, callOf()));
    assert.equal(told, FILM.size);
    const gone: FileEntry = { ...fileOf('8', MIB) };
    world.cloud.found = () => null;
    world.cdn.fault = () => ({ kind: 'status', status: 404 });
    const failing = warmFile(parts, world.source, gone, wantedRanges(MIB, false), nobody, callOf());
    await assert.rejects(drive(world.env.clock, failing), fails('ESTALE'));
  });
});

describe('files with the same bytes', () => {
  it('of two accounts are one content in the block cache: what one has read costs the other nothing', async () => {
    const house = await CacheHouse.open();
    try {
      const { env, cache } = house;
      const hash = { kind: 'sha1', value: 'AB'.repeat(20) } as const;
      const mine: FileEntry = { ...fileOf('7', 3 * MIB), hash };
      const theirs: FileEntry = { ...fileOf('9', 3 * MIB), name: 'other name.mkv', hash };
      const other: FileEntry = { ...fileOf('11', 3 * MIB), hash: { kind: 'sha1', value: 'CD'.repeat(20) } };
      const cdn = new FakeCdn(env.clock, [mine, theirs, other], { perLink: 2 });
      const content = new Content(
        env,
        { transport: cdn, links: new FakeStore<StoredLink>(env.clock), blocks: cache },
        { readTimeout: 120_000, stall: 10_000, memory: 64 * MIB },
      );
      const [first, second] = [new FakeDriver(env.clock), new FakeDriver(env.clock)];
      const parts = { clock: env.clock, content, blocks: cache };
      const warm = (account: string, { driver }: FakeDriver, file: FileEntry) => {
        const ranges = wantedRanges(file.size, false);
        const source = { account, driver, connections: 8 };
        return drive(env.clock, warmFile(parts, source, file, ranges, nobody, callOf()));
      };
      assert.equal((await warm('main', first, mine)).read, 3 * MIB);
      await cache.settled();
      const requests = cdn.requests.length;
      assert.deepEqual(await warm('second', second, theirs), { bytes: 3 * MIB, cached: 3 * MIB, read: 0 });
      const source = { account: 'second', driver: second.driver, connections: 8 };
      const open = content.open(source, theirs);
      // The bytes of the fake cloud follow the id: these are those of the first account's file.
      const bytes = await drive(env.clock, open.read(MIB, 64 * KIB, callOf()));
      assert.equal(Buffer.compare(bytes, bytesOf('7', MIB, MIB + 64 * KIB)), 0);
      open.close();
      assert.deepEqual([second.asked.length, cdn.requests.length], [0, requests]);
      assert.equal(cache.status().files, 1);
      assert.equal((await warm('second', second, other)).read, 3 * MIB);
      await content.close();
    } finally {
      await house.close();
    }
  });
});
