import type { DirectoryEntry, Entry } from '../../driver/entry.js';
import type { ServerCopy } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import type { MemoryCloud } from './cloud.js';

/** Copies inside a memory cloud. */
export class MemoryCopy implements ServerCopy {
  readonly limit: number;
  protected readonly cloud: MemoryCloud;

  constructor(cloud: MemoryCloud) {
    this.limit = cloud.settings.batch;
    this.cloud = cloud;
  }

  async copy(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    const { cloud } = this;
    await cloud.gate.perform(call, 'copy', () => {
      cloud.rules.batch(entries.length);
      for (const { id } of entries) cloud.copy(id, target.id);
    });
  }
}
