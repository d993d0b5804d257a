import type { DirectoryEntry, FileEntry } from '../../driver/entry.js';
import type { OfflineClearing, OfflineOutcome, OfflineTask, OfflineTorrent } from '../../driver/offline.js';
import type { Call } from '../../lib/call.js';
import type { MemoryCloud } from './cloud.js';
import type { MemoryVerbs } from './driver.js';
import { MemoryOffline } from './offline.js';

class ForgetsRefusals extends MemoryOffline {
  override async add(
    links: readonly string[],
    folder: DirectoryEntry,
    call: Call,
  ): Promise<readonly OfflineOutcome[]> {
    return (await super.add(links, folder, call)).filter(({ kind }) => kind !== 'refused');
  }
}

class AddsTwice extends MemoryOffline {
  override async add(
    links: readonly string[],
    folder: DirectoryEntry,
    call: Call,
  ): Promise<readonly OfflineOutcome[]> {
    const others = links.map((link) => `${link}#${this.cloud.offline.quota.used}`);
    return await super.add(others, folder, call);
  }
}

class ListsFirstPage extends MemoryOffline {
  protected override async *all(call: Call): AsyncIterable<readonly OfflineTask[]> {
    for await (const page of super.all(call)) {
      yield page;
      return;
    }
  }
}

class TakesFiles extends MemoryOffline {
  protected override async remove(
    tasks: readonly OfflineTask[],
    _options: { readonly files: boolean },
    call: Call,
  ): Promise<void> {
    await super.remove(tasks, { files: true }, call);
  }
}

class ClearsAll extends MemoryOffline {
  protected override async clear(_which: OfflineClearing, call: Call): Promise<void> {
    await super.clear('all', call);
  }
}

class BringsAll extends MemoryOffline {
  protected override async addTorrent(
    file: FileEntry,
    torrent: OfflineTorrent,
    _wanted: readonly number[],
    folder: DirectoryEntry,
    call: Call,
  ): Promise<OfflineOutcome> {
    return await super.addTorrent(file, torrent, [...torrent.files.keys()], folder, call);
  }
}

/** Offline downloads that break their contract, each in the way that its name says. */
export const OFFLINE_FAULTS = {
  'offline-forgets-refusals': (cloud) => ({ offline: new ForgetsRefusals(cloud) }),
  'offline-adds-twice': (cloud) => ({ offline: new AddsTwice(cloud) }),
  'offline-lists-first-page': (cloud) => ({ offline: new ListsFirstPage(cloud) }),
  'offline-remove-takes-files': (cloud) => ({ offline: new TakesFiles(cloud) }),
  'offline-clears-all': (cloud) => ({ offline: new ClearsAll(cloud) }),
  'offline-brings-whole-torrents': (cloud) => ({ offline: new BringsAll(cloud) }),
} as const satisfies Readonly<Record<string, (cloud: MemoryCloud) => Partial<MemoryVerbs>>>;
