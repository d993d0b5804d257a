import { mkdir } from 'node:fs/promises';
import type { Env } from '../../lib/env.js';
import { type CachedFile, OpenCachedFile } from './cached-file.js';
import { contentFolder } from './content-folder.js';
import { type Counts, noCounts } from './counts.js';
import { Descriptors } from './descriptors.js';
import { DiskSpace, type KeepFree } from './disk-space.js';
import { Eviction } from './eviction.js';
import { Inventory } from './inventory.js';
import { type CacheState, Outage } from './outage.js';
import { RunMemory } from './read-ahead.js';
import { scan } from './scan.js';
import { SegmentFiles } from './segment-files.js';
import { SegmentReader } from './segment-reader.js';
import { WriteQueue } from './write-queue.js';

export { UNIT } from './units.js';

const DESCRIPTORS = 64;
/** Bytes that may be held for reading ahead, of all files together. */
const READ_AHEAD_BYTES = 32 * 1024 * 1024;
/** Milliseconds that closing waits for what is queued. */
const CLOSE_PATIENCE = 3000;

export interface BlockCacheOptions {
  /** Made when it is not there, for the owner alone. */
  readonly directory: string;
  /** Bytes on the disk for what was read. */
  readonly size: number;
  /** Bytes on the disk for heads and tails of probed files, beside `size`. */
  readonly probes: number;
  readonly keepFree: KeepFree;
}

/** What the cache is and has done, for people. */
export interface BlockCacheStatus extends Readonly<Counts> {
  /** Bytes on the disk, but for probes. */
  readonly bytes: number;
  readonly probeBytes: number;
  /** The most that `bytes` may become. */
  readonly limit: number;
  readonly probeLimit: number;
  /** Contents of which something is cached or that are open. */
  readonly files: number;
  /** Bytes that wait to be written. */
  readonly queued: number;
  readonly state: CacheState;
}

/**
 * Blocks of contents on the local disk, by content key. All that it promises is that bytes which it returns are
 * right: a damaged, torn, lost or evicted block, a full or failing disk and an emptied directory cost a download.
 */
export class BlockCache {
  readonly #env: Env;
  readonly #options: BlockCacheOptions;
  readonly #counts = noCounts();
  readonly #inventory = new Inventory();
  readonly #descriptors = new Descriptors(DESCRIPTORS);
  readonly #stop = new AbortController();
  readonly #outage: Outage;
  readonly #reader: SegmentReader;
  readonly #queue: WriteQueue;
  readonly #eviction: Eviction;
  readonly #memory: RunMemory;
  #scanning: Promise<void> = Promise.resolve();

  constructor(env: Env, options: BlockCacheOptions) {
    this.#env = env;
    this.#options = options;
    const files = new SegmentFiles(env, options.directory, this.#descriptors);
    const parts = { files, inventory: this.#inventory, counts: this.#counts };
    const space = new DiskSpace(options.directory, options.keepFree);
    const budgets = { data: options.size, probe: options.probes };
    this.#outage = new Outage(env);
    this.#memory = new RunMemory(env.clock, READ_AHEAD_BYTES);
    this.#reader = new SegmentReader(env, parts);
    this.#eviction = new Eviction(env, { ...parts, space }, budgets);
    const writers = { reader: this.#reader, eviction: this.#eviction, outage: this.#outage };
    this.#queue = new WriteQueue(env, { ...parts, ...writers });
  }

  /**
   * Begins to look at what is there, behind: files can be read at once. Never rejects: a directory that cannot be
   * used turns the cache off, and is tried again.
   */
  async open(): Promise<void> {
    const { directory } = this.#options;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      this.#scanning = this.#scan();
    } catch (error) {
      this.#outage.begin(error);
    }
  }

  /** Resolves when all that is there has been looked at and nothing waits to be written. */
  async settled(): Promise<void> {
    await this.#scanning;
    await this.#queue.idle();
  }

  /** The cached part of a content. The key tells its bytes for good, whatever its characters. */
  file(key: string, size: number): CachedFile {
    const content = this.#inventory.enter(contentFolder(key, size), size);
    return new OpenCachedFile(content, {
      inventory: this.#inventory,
      reader: this.#reader,
      queue: this.#queue,
      memory: this.#memory,
      counts: this.#counts,
    });
  }

  status(): BlockCacheStatus {
    return {
      ...this.#counts,
      bytes: this.#inventory.bytes('data'),
      probeBytes: this.#inventory.bytes('probe'),
      limit: this.#options.size,
      probeLimit: this.#options.probes,
      files: this.#inventory.contents,
      queued: this.#queue.bytes,
      state: this.#outage.state,
    };
  }

  /** Afterwards what was queued is on the disk, or dropped where that took long, and no descriptor is open. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#scanning;
    const enough = this.#env.clock.after(CLOSE_PATIENCE, () => {
      this.#queue.clear();
    });
    await this.#queue.idle();
    enough.cancel();
    await this.#descriptors.close();
  }

  async #scan(): Promise<void> {
    try {
      await scan(this.#options.directory, this.#inventory, this.#stop.signal);
      await this.#queue.alone(() => this.#eviction.trim());
    } catch (error) {
      this.#outage.begin(error);
    }
  }
}
