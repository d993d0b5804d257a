import type { Trash, TrashedEntry } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import type { MemoryCloud } from './cloud.js';

/** The recycle bin of a memory cloud, as a drive sees it. */
export class MemoryTrash implements Trash {
  protected readonly cloud: MemoryCloud;

  constructor(cloud: MemoryCloud) {
    this.cloud = cloud;
  }

  async *list(call: Call): AsyncIterable<readonly TrashedEntry[]> {
    const { bin, gate, settings } = this.cloud;
    const entries = await gate.perform(call, 'trash', () => bin.entries());
    for (let start = 0; start < entries.length; start += settings.pageSize) {
      yield entries.slice(start, start + settings.pageSize);
    }
  }

  async restore(entries: readonly TrashedEntry[], call: Call): Promise<void> {
    const { bin, gate } = this.cloud;
    await gate.perform(call, 'restore', () => {
      for (const { id } of entries) bin.objects(id);
      for (const { id } of entries) this.cloud.restore(id);
    });
  }

  async purge(entries: readonly TrashedEntry[] | null, call: Call): Promise<void> {
    const { bin, gate } = this.cloud;
    await gate.perform(call, 'purge', () => {
      for (const { id } of entries ?? bin.entries()) bin.delete(id);
    });
  }
}
