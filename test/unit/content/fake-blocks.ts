import { setImmediate as nextTurn } from 'node:timers/promises';
import { noCounts } from '../../../src/content/block-cache/counts.js';
import type { CachedFile } from '../../../src/content/block-cache/cached-file.js';
import type { Blocks } from '../../../src/content/content.js';

/** A block cache in memory that forgets when it is told to; what it gives is right, as the real one promises. */
export class FakeBlocks implements Blocks {
  readonly units = new Map<string, Uint8Array>();
  /** Bytes that were read from it. */
  served = 0;

  file(key: string): CachedFile {
    const place = (unit: number): string => `${key} ${unit}`;
    return {
      ready: () => Promise.resolve(),
      has: (unit) => this.units.has(place(unit)),
      read: async (first, count) => {
        await Promise.resolve();
        const parts = Array.from({ length: count }, (_, index) => this.units.get(place(first + index)));
        const found = parts.filter((part) => part !== undefined);
        if (found.length < count) return null;
        const bytes = new Uint8Array(Buffer.concat(found));
        this.served += bytes.length;
        return bytes;
      },
      write: (unit, bytes, _kind, done) => {
        this.units.set(place(unit), bytes);
        void this.#keep(place(unit), bytes, done);
      },
      close: () => undefined,
    };
  }

  /** Copies the bytes only when the writer may have gone on, as a disk does. */
  async #keep(place: string, bytes: Uint8Array, done?: () => void): Promise<void> {
    await nextTurn();
    if (this.units.get(place) === bytes) this.units.set(place, bytes.slice());
    done?.();
  }

  /** Forgets one unit in `one`: evicted, damaged or lost. */
  forget(one: number): void {
    for (const [index, key] of [...this.units.keys()].entries())
      if (index % one === 0) this.units.delete(key);
  }

  status(): ReturnType<Blocks['status']> {
    const bytes = [...this.units.values()].reduce((sum, { length }) => sum + length, 0);
    return {
      ...noCounts(),
      bytes,
      probeBytes: 0,
      limit: Infinity,
      probeLimit: 0,
      files: 0,
      queued: 0,
      state: { kind: 'on' },
    };
  }
}
