import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlockCache, type BlockCacheOptions, UNIT } from '../../../../src/content/block-cache/block-cache.js';
import type { CachedFile } from '../../../../src/content/block-cache/cached-file.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';

export const MIB = 1024 * 1024;

/** The bytes of a unit: different for each content and unit. */
export function unitOf(key: string, unit: number, length: number = UNIT): Buffer {
  return Buffer.alloc(length, `${key} ${unit} `);
}

/** A cache in a folder of its own that can be closed, killed and opened again. */
export class CacheHouse {
  readonly env: FakeEnv;
  readonly directory: string;
  readonly #options: Partial<BlockCacheOptions>;
  #cache: BlockCache;

  private constructor(directory: string, options: Partial<BlockCacheOptions>) {
    // The kernel stamps files with the real time.
    this.env = { ...fakeEnv(), clock: new FakeClock(Date.now()) };
    this.directory = directory;
    this.#options = options;
    this.#cache = this.#make();
  }

  static async open(options: Partial<BlockCacheOptions> = {}): Promise<CacheHouse> {
    const parent = options.directory ?? (await mkdtemp(join(tmpdir(), 'panfuse-blocks-')));
    const house = new CacheHouse(join(parent, 'blocks'), options);
    await house.cache.open();
    await house.cache.settled();
    return house;
  }

  get cache(): BlockCache {
    return this.#cache;
  }

  /** The file, with `units` of it looked at. */
  async file(key: string, size: number): Promise<CachedFile> {
    const file = this.#cache.file(key, size);
    await file.ready(0, Math.ceil(size / UNIT));
    return file;
  }

  /** Another process begins with what this one left. */
  async restart(): Promise<void> {
    await this.#cache.close();
    this.#cache = this.#make();
    await this.#cache.open();
    await this.#cache.settled();
  }

  /** Paths of all segment files, below the directory. */
  async segments(): Promise<readonly string[]> {
    const names = await readdir(this.directory, { recursive: true });
    return names.filter((name) => /\.(data|probe)$/.test(name)).sort();
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
