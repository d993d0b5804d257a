import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { formatSize } from '../../lib/quantity.js';
import type { CacheKind } from './content-folder.js';
import type { Counts } from './counts.js';
import type { DiskSpace } from './disk-space.js';
import type { Inventory } from './inventory.js';
import type { SegmentFiles } from './segment-files.js';
import type { Segment } from './segment.js';

/** Milliseconds for which a segment stays after an open reader has read it. */
const PIN_PERIOD = 60_000;
/** The free space is looked at again after so many bytes were written. */
const SPACE_CHECK_BYTES = 4 * 1024 * 1024;

/** Bytes on the disk that each kind may have. */
export type Budgets = Readonly<Record<CacheKind, number>>;

interface EvictionParts {
  readonly inventory: Inventory;
  readonly files: SegmentFiles;
  readonly space: DiskSpace;
  readonly counts: Counts;
  /** Whether the content in a folder stays, whatever happens. */
  readonly isPinned: (folder: string) => boolean;
}

/** Makes room on the disk: whole segments go, the least recently used first, never what is being read. */
export class Eviction {
  readonly #env: Env;
  readonly #parts: EvictionParts;
  readonly #budgets: Budgets;
  #uncheckedBytes = SPACE_CHECK_BYTES;

  constructor(env: Env, parts: EvictionParts, budgets: Budgets) {
    this.#env = env;
    this.#parts = parts;
    this.#budgets = budgets;
  }

  /**
   * Makes room for so many more bytes in a segment, which itself stays. False when its budget cannot hold them.
   * Rejects with FsError ENOSPC when too little of the disk stays free, or as the system does.
   */
  async makeRoom(segment: Segment, bytes: number): Promise<boolean> {
    if (!(await this.#fit(segment.kind, bytes, segment))) return false;
    this.#uncheckedBytes += bytes;
    if (this.#uncheckedBytes >= SPACE_CHECK_BYTES) await this.#keepFree(segment);
    return true;
  }

  /** The free space is looked at before the next write. */
  recheck(): void {
    this.#uncheckedBytes = SPACE_CHECK_BYTES;
  }

  /** Brings what is there into its budgets, as far as it is not being read. Rejects as the system does. */
  async trim(): Promise<void> {
    await this.#fit('data', 0, null);
    await this.#fit('probe', 0, null);
  }

  /** Removes a segment from the disk; tells how many bytes that freed. Rejects as the system does. */
  async remove(segment: Segment): Promise<number> {
    const { inventory, files } = this.#parts;
    await files.remove(segment);
    await this.#env.checkpoint('block-cache:evicted');
    const freed = segment.bytes;
    segment.load(null);
    inventory.resize(segment, 0);
    inventory.settle(segment);
    return freed;
  }

  async #fit(kind: CacheKind, bytes: number, spared: Segment | null): Promise<boolean> {
    const { inventory } = this.#parts;
    const limit = this.#budgets[kind] - bytes;
    if (limit < 0) return false;
    await this.#evict(kind, inventory.bytes(kind) - limit, spared);
    return inventory.bytes(kind) <= limit;
  }

  async #keepFree(spared: Segment): Promise<void> {
    const { space } = this.#parts;
    let missing = await space.shortfall();
    for (const kind of ['data', 'probe'] as const) missing -= await this.#evict(kind, missing, spared);
    if (missing > 0) {
      throw new FsError(
        'ENOSPC',
        `the disk has ${formatSize(missing)} less free space than is to be kept free`,
      );
    }
    this.#uncheckedBytes = 0;
  }

  /** Evicts at least so many bytes of a kind, if it can; tells how many went. */
  async #evict(kind: CacheKind, bytes: number, spared: Segment | null): Promise<number> {
    const { inventory, counts, isPinned } = this.#parts;
    let freed = 0;
    for (const segment of inventory.oldest(kind)) {
      if (freed >= bytes) break;
      if (segment === spared || segment.pinned(this.#env.clock.monotonic(), PIN_PERIOD)) continue;
      if (isPinned(segment.owner.folder)) continue;
      freed += await this.remove(segment);
      counts.evicted += 1;
    }
    return freed;
  }
}
