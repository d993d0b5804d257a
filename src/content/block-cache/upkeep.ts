import type { CachedContent } from './cached-content.js';
import type { Eviction } from './eviction.js';
import type { Inventory } from './inventory.js';
import type { SegmentFiles } from './segment-files.js';
import type { SegmentReader } from './segment-reader.js';
import type { Segment } from './segment.js';
import { UNIT } from './units.js';
import type { WriteQueue } from './write-queue.js';

/** How far a look at every block is. */
export interface VerifyReport {
  /** Bytes of blocks that were looked at. */
  readonly checked: number;
  /** Of those, what was not right and has gone. */
  readonly dropped: number;
}

interface UpkeepParts {
  readonly files: SegmentFiles;
  readonly reader: SegmentReader;
  readonly inventory: Inventory;
  readonly eviction: Eviction;
  readonly queue: WriteQueue;
}

/** What a person has done to the cache: contents removed, every block looked at. */
export class Upkeep {
  readonly #parts: UpkeepParts;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Removes all of a content from the disk; answers how many bytes that freed. Rejects as the system does. */
  async evict(content: CachedContent): Promise<number> {
    return await this.#alone(async () => {
      let freed = 0;
      for (const segment of content.segments()) {
        if (segment.bytes > 0) freed += await this.#parts.eviction.remove(segment);
      }
      return freed;
    });
  }

  /**
   * Looks at every block on the disk, one segment after the other, and removes what is not right. Tells after every
   * segment how far it is. Rejects as the system does, and with the signal's reason on abort.
   */
  async verify(tell: (report: VerifyReport) => void, signal: AbortSignal): Promise<VerifyReport> {
    let report: VerifyReport = { checked: 0, dropped: 0 };
    for (const content of this.#parts.inventory.all()) {
      for (const segment of content.segments()) {
        signal.throwIfAborted();
        if (segment.bytes === 0) continue;
        const { checked, dropped } = await this.#alone(() => this.#check(segment));
        report = { checked: report.checked + checked, dropped: report.dropped + dropped };
        tell(report);
      }
    }
    return report;
  }

  async #check(segment: Segment): Promise<VerifyReport> {
    const { files, reader, inventory, eviction } = this.#parts;
    segment.hold();
    try {
      // What readers know of it was true when they looked: the file itself is what counts.
      const found = await files.look(segment);
      if (found?.sums === null) return { checked: 0, dropped: await eviction.remove(segment) };
      segment.load(found?.sums ?? null);
      if (found === null) {
        inventory.resize(segment, 0);
        return { checked: 0, dropped: 0 };
      }
      const { units, bytes, damaged } = await reader.check(segment);
      if (damaged > 0 && damaged === units) await eviction.remove(segment);
      else if (damaged > 0) await files.write(segment, new Map(), new Map());
      return { checked: bytes, dropped: damaged * UNIT };
    } finally {
      segment.release();
      inventory.settle(segment);
    }
  }

  /** While nothing is written or evicted; rejects as the work does, and leaves the cache on. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      void this.#parts.queue.alone(() => work().then(resolve, reject));
    });
  }
}
