import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CacheHouse, type HouseOptions, MIB, span } from './cache-house.js';

const SIZE = 1024 * MIB;

describe('a full disk', () => {
  let disk: string;
  let house: CacheHouse;

  before(function () {
    // Only root may mount a disk of 64 MiB.
    if (process.getuid?.() !== 0) this.skip();
  });

  beforeEach(async () => {
    disk = await mkdtemp(join(tmpdir(), 'panfuse-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'panfuse-test', disk]);
  });

  afterEach(async () => {
    await house.close();
    execFileSync('umount', [disk]);
    await rmdir(disk);
  });

  async function open(options: HouseOptions): Promise<void> {
    house = await CacheHouse.open(options, join(disk, 'blocks'));
  }

  it('turns the cache off, not reading, and on again when there is room', async () => {
    await open({});
    await house.fill('a', SIZE, span(0, 64));
    await writeFile(join(disk, 'others'), Buffer.alloc(50 * MIB));
    await house.fill('b', SIZE, span(0, 128));
    const { state, dropped } = house.cache.status();
    assert.ok(state.kind === 'off' && /ENOSPC/.test(state.message), JSON.stringify(state));
    assert.ok(dropped >= 64, `${dropped}`);
    assert.deepEqual(await house.kept('a', SIZE, span(0, 64)), span(0, 64));
    await rm(join(disk, 'others'));
    await house.fill('c', SIZE, [0]);
    assert.deepEqual(await house.kept('c', SIZE, [0]), [], 'not tried again within a minute');
    await house.env.clock.advance(60_000);
    await house.fill('c', SIZE, span(0, 64));
    assert.deepEqual(await house.kept('c', SIZE, span(0, 64)), span(0, 64));
    assert.deepEqual(
      house.env.log.lines.map(({ level }) => level).filter((level) => level !== 'debug'),
      ['warn', 'info'],
    );
  });

  it('takes no room for what could not be written whole', async () => {
    await open({});
    await writeFile(join(disk, 'others'), Buffer.alloc(64 * MIB - 64 * 1024));
    await house.fill('a', SIZE, [0]);
    assert.equal(house.cache.status().state.kind, 'off');
    assert.deepEqual(await house.segments(), []);
    assert.equal(house.cache.status().bytes, 0);
  });

  it('is avoided by evicting while the floor is not reached', async () => {
    await open({ keepFree: { share: 0.25 } });
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await house.fill(key, SIZE, span(0, 100));
    assert.equal(house.cache.status().state.kind, 'on');
    assert.ok(house.cache.status().evicted > 0);
    const used = await house.diskUsage();
    assert.ok(used > 24 * MIB && used < 48 * MIB + 4 * MIB, `${used}`);
    assert.equal((await house.kept('f', SIZE, span(0, 100))).length, 100);
  });

  it('that others have filled is evicted from a minute later', async () => {
    await open({ keepFree: { bytes: 8 * MIB } });
    await house.fill('a', SIZE, span(0, 100));
    await house.fill('b', SIZE, span(0, 100));
    await writeFile(join(disk, 'others'), Buffer.alloc(64 * MIB)).catch(() => undefined);
    await house.fill('c', SIZE, span(0, 2));
    assert.equal(house.cache.status().state.kind, 'off');
    await house.env.clock.advance(60_000);
    await house.fill('c', SIZE, span(0, 2));
    assert.equal(house.cache.status().state.kind, 'on');
    assert.deepEqual(await house.kept('c', SIZE, span(0, 2)), [0, 1]);
    assert.deepEqual(await house.kept('a', SIZE, [0]), []);
  });

  it('answers misses when the disk is away', async () => {
    await open({});
    await house.fill('a', SIZE, span(0, 4));
    await house.restart();
    await rm(house.directory, { recursive: true });
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    assert.deepEqual(await house.kept('a', SIZE, span(0, 4)), []);
    await house.fill('a', SIZE, span(0, 4));
    assert.equal(house.cache.status().state.kind, 'off');
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    await house.env.clock.advance(60_000);
    await house.fill('a', SIZE, span(0, 4));
    assert.deepEqual(await house.kept('a', SIZE, span(0, 4)), span(0, 4));
  });

  it('that cannot be written can still be read', async () => {
    await open({});
    await house.fill('a', SIZE, span(0, 4));
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await house.restart();
    assert.deepEqual(await house.kept('a', SIZE, span(0, 4)), span(0, 4));
    execFileSync('mount', ['-o', 'remount,rw', disk]);
  });
});
