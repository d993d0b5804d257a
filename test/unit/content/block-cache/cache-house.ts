import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlockCache, type BlockCacheOptions, UNIT } from '../../../../src/content/block-cache/block-cache.js';
import type { CachedFile } from '../../../../src/content/block-cache/cached-file.js';
import type { CacheKind } from '../../../../src/content/block-cache/content-folder.js';
import { unitBytes } from '../../../../src/content/block-cache/units.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';

export const MIB = 1024 * 1024;

/** Units that may wait to be written without any of them being dropped. */
const SOME = 100;

/** The bytes of a unit: different for each content and unit. */
export function unitOf(key: string, unit: number, length: number = UNIT): Buffer {
  return Buffer.alloc(length, `${key} ${unit} `);
}

export type HouseOptions = Partial<Omit<BlockCacheOptions, 'directory'>>;

/** Numbers from `first` to before `end`. */
export function span(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_none, index) => first + index);
}

/** A cache in a folder of its own that can be closed, killed and opened again. */
export class CacheHouse {
  readonly env: FakeEnv;
  readonly directory: string;
  #options: HouseOptions;
  #cache: BlockCache;

  private constructor(directory: string, options: HouseOptions) {
    // The kernel stamps files with the real time.
    this.env = { ...fakeEnv(), clock: new FakeClock(Date.now()) };
    this.directory = directory;
    this.#options = options;
    this.#cache = this.#make();
  }

  /** The folder is made anew, or is the one that is named. */
  static async open(options: HouseOptions = {}, directory?: string): Promise<CacheHouse> {
    const folder = directory ?? (await mkdtemp(join(tmpdir(), 'panfuse-blocks-')));
    const house = new CacheHouse(folder, options);
    await house.cache.open();
    await house.cache.settled();
    return house;
  }

  get cache(): BlockCache {
    return this.#cache;
  }

  /** The file, all of it looked at. */
  async file(key: string, size: number): Promise<CachedFile> {
    const file = this.#cache.file(key, size);
    await file.ready(0, Math.ceil(size / UNIT));
    return file;
  }

  /** Another process begins with what this one left, perhaps with other options; `early` comes before it looks. */
  async restart(
    options: HouseOptions = {},
    early: (cache: BlockCache) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    await this.#cache.close();
    this.#options = { ...this.#options, ...options };
    this.#cache = this.#make();
    await early(this.#cache);
    await this.#cache.open();
    await this.#cache.settled();
  }

  /** Paths of all segment files, below the directory. */
  async segments(): Promise<readonly string[]> {
    // Nothing where the test has emptied it.
    const names = await readdir(this.directory, { recursive: true }).catch(() => []);
    return names.filter((name) => /\.(data|probe)$/.test(name)).sort();
  }

  /** Writes units of a content and waits until they are on the disk. */
  async fill(key: string, size: number, units: readonly number[], kind: CacheKind = 'data'): Promise<void> {
    const file = this.#cache.file(key, size);
    for (const [index, unit] of units.entries()) {
      file.write(unit, unitOf(key, unit, unitBytes(size, unit, 1)), kind);
      if (index % SOME === SOME - 1) await this.#cache.settled();
    }
    await this.#cache.settled();
    file.close();
  }

  /** Which of the units are in the cache and right. */
  async kept(key: string, size: number, units: readonly number[]): Promise<readonly number[]> {
    const file = await this.file(key, size);
    const found: number[] = [];
    for (const unit of units) {
      const bytes = await file.read(unit, 1);
      if (bytes === null) continue;
      assert.deepEqual(Buffer.compare(bytes, unitOf(key, unit, unitBytes(size, unit, 1))), 0, `unit ${unit}`);
      found.push(unit);
    }
    file.close();
    return found;
  }

  /** Bytes that the files take on the disk. */
  async diskUsage(): Promise<number> {
    const names = await this.segments();
    const stats = await Promise.all(names.map((name) => stat(join(this.directory, name))));
    return stats.reduce((sum, { blocks }) => sum + blocks * 512, 0);
  }

  async close(): Promise<void> {
    await this.#cache.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  #make(): BlockCache {
    const options = { size: 1024 * MIB, probes: 64 * MIB, keepFree: { bytes: 0 }, ...this.#options };
    return new BlockCache(this.env, { ...options, directory: this.directory });
  }
}
