import assert from 'node:assert/strict';
import { CacheWarming } from '../../../../src/daemon/cache/warming.js';
import type { CacheWarmProgress } from '../../../../src/lib/cache-protocol.js';
import { bench, MIB } from '../../content/bench.js';
import { drive, fileOf } from '../../content/fake-cloud.js';
import { FakeBlocks } from '../../content/fake-blocks.js';
import { directoryEntry } from '../../metadata/entries.js';
import { TreeHouse } from '../../metadata/tree-house.js';

const { signal } = new AbortController();

describe('warming of the block cache', () => {
  let house: TreeHouse;
  let blocks: FakeBlocks;
  let world: ReturnType<typeof bench>;
  let warming: CacheWarming;
  let spare: boolean;
  let told: CacheWarmProgress[];

  beforeEach(async () => {
    house = new TreeHouse();
    const files = [fileOf('5', 2 * MIB), fileOf('3', 3 * MIB), fileOf('4', MIB)];
    const [third, first, second] = files.map((file) => ({ ...file, parentId: '1' }));
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    house.driver.content.set('0', [directoryEntry('1', 'shows'), { ...third, parentId: '0' }]);
    house.driver.content.set('1', [second, first]);
    const tree = await house.open();
    house.driver.calls.length = 0;
    blocks = new FakeBlocks();
    world = bench({ files, blocks });
    spare = true;
    told = [];
    const films = { name: 'films', source: { ...world.source, spare: () => spare }, tree };
    warming = new CacheWarming(world.env, {
      content: world.content,
      blocks,
      locators: {
        drives: { open: () => Promise.resolve(films) },
        mounts: { locate: () => Promise.reject(new Error('nothing is mounted')) },
      },
    });
  });
  afterEach(() => house.demolish());

  const warm = async (path: string, head = false) =>
    await drive(
      world.env.clock,
      warming.warm({ path, head }, (progress) => told.push(progress), signal),
    );

  it('reads all below a folder in order, those that were never listed too, and tells how far it is', async () => {
    const done = await warm('films:/');
    assert.deepEqual(done, {
      ...{ files: 3, bytes: 6 * MIB, cached: 6 * MIB, read: 6 * MIB },
      ...{ failed: 0, failures: [] },
    });
    assert.deepEqual(house.driver.lists, ['0', '1']);
    const order = [...new Set(told.map(({ path }) => path))];
    assert.deepEqual(order, ['films:/5.mkv', 'films:/shows/3.mkv', 'films:/shows/4.mkv']);
    const { files, of, bytes, ofBytes } = told.at(-1) ?? {};
    assert.deepEqual([files, of, bytes, ofBytes], [2, 3, 6 * MIB, 6 * MIB]);
  });

  it('goes on after a file that cannot be read, and names it', async () => {
    world.cloud.found = ({ id }) => (id === '3' ? null : fileOf(id, MIB));
    world.cdn.fault = ({ url }) => (url.includes('/3') ? { kind: 'status', status: 404 } : null);
    const done = await warm('films:/');
    assert.deepEqual([done.files, done.failed, done.cached], [3, 1, 3 * MIB]);
    assert.deepEqual(
      done.failures.map(({ path }) => path),
      ['films:/shows/3.mkv'],
    );
  });

  it('stops before the calls that are kept for those who wait', async () => {
    await warm('films:/5.mkv');
    spare = false;
    await assert.rejects(warm('films:/'), {
      errno: 'EAGAIN',
      reason: 'throttle',
      message: /^stopped at films:\//,
    });
  });

  it('refuses what the cache is too small for, before it reads anything', async () => {
    const status = blocks.status();
    blocks.status = () => ({ ...status, limit: 5 * MIB, probeLimit: MIB });
    await assert.rejects(warm('films:/'), {
      errno: 'ENOSPC',
      message: /6\.00 MiB, the cache keeps 5\.00 MiB/,
    });
    await assert.rejects(warm('films:/', true), { errno: 'ENOSPC', message: /the heads of its files/ });
    assert.equal(world.cdn.requests.length, 0);
  });

  it('refuses a path that is not there, and ends when it is aborted', async () => {
    await assert.rejects(warm('films:/none'), { errno: 'ENOENT' });
    const stop = new AbortController();
    const warmingUp = warming.warm(
      { path: 'films:/', head: false },
      () => stop.abort(new Error('enough')),
      stop.signal,
    );
    await assert.rejects(drive(world.env.clock, warmingUp), /enough/);
  });
});
