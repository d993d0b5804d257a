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
import { Upkeep, type VerifyReport } from './upkeep.js';
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
  /** Which contents are never evicted; none by default. */
  readonly pins?: { has(folder: string): boolean };
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
  readonly #upkeep: Upkeep;
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
    const isPinned = (folder: string): boolean => options.pins?.has(folder) === true;
    this.#eviction = new Eviction(env, { ...parts, space, isPinned }, budgets);
    const writers = { reader: this.#reader, eviction: this.#eviction, outage: this.#outage };
    this.#queue = new WriteQueue(env, { ...parts, ...writers });
    this.#upkeep = new Upkeep({ ...parts, ...writers, queue: this.#queue });
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

  /** Whether something of a content is on the disk, as far as that was looked at. */
  holds(key: string, size: number): boolean {
    const content = this.#inventory.find(contentFolder(key, size));
    return content?.segments().some(({ bytes }) => bytes > 0) === true;
  }

  /** Removes a content from the disk; answers how many bytes that freed. Rejects as the system does. */
  async evict(key: string, size: number): Promise<number> {
    await this.#scanning;
    const content = this.#inventory.find(contentFolder(key, size));
    return content === undefined ? 0 : await this.#upkeep.evict(content);
  }

  /** Removes everything that is not pinned; answers how many contents went, and how many bytes that freed. */
  async evictAll(): Promise<{ readonly contents: number; readonly bytes: number }> {
    await this.#scanning;
    let [contents, bytes] = [0, 0];
    for (const content of this.#inventory.all()) {
      const freed = this.#options.pins?.has(content.folder) === true ? 0 : await this.#upkeep.evict(content);
      contents += freed > 0 ? 1 : 0;
      bytes += freed;
    }
    return { contents, bytes };
  }

  /**
   * Looks at every block on the disk and removes what is not right; tells how far it is. Rejects as the system does,
   * and with the signal's reason on abort.
   */
  async verify(tell: (report: VerifyReport) => void, signal: AbortSignal): Promise<VerifyReport> {
    await this.#scanning;
    return await this.#upkeep.verify(tell, signal);
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
