import type { DirectoryEntry, FileEntry } from '../../driver/entry.js';
import type {
  OfflineClearing,
  OfflineDownloads,
  OfflineOutcome,
  OfflineQuota,
  OfflineTask,
  OfflineTaskList,
  OfflineTorrent,
  OfflineTorrents,
} from '../../driver/offline.js';
import type { Call } from '../../lib/call.js';
import { FsError, notFound, toFsError } from '../../lib/errors.js';
import { checkLink, OFFLINE_SCHEMES } from '../../lib/offline-link.js';
import type { MemoryCloud } from './cloud.js';

/** What a link leads to is of this size (bytes). */
const SIZE = 1000;

const LARGEST_TORRENT = 1024 ** 2;

/** Offline downloads of a memory cloud, as a drive sees them. */
export class MemoryOffline implements OfflineDownloads {
  readonly schemes = OFFLINE_SCHEMES;
  readonly batch: number;
  readonly list: OfflineTaskList;
  readonly torrents: OfflineTorrents;
  protected readonly cloud: MemoryCloud;

  constructor(cloud: MemoryCloud) {
    this.batch = cloud.settings.batch;
    this.cloud = cloud;
    this.list = {
      all: (call) => this.all(call),
      remove: (tasks, options, call) => this.remove(tasks, options, call),
      clear: (which, call) => this.clear(which, call),
    };
    this.torrents = {
      largest: LARGEST_TORRENT,
      read: (file, call) => this.#read(file, call),
      add: (file, torrent, wanted, folder, call) => this.addTorrent(file, torrent, wanted, folder, call),
    };
  }

  async add(
    links: readonly string[],
    folder: DirectoryEntry,
    call: Call,
  ): Promise<readonly OfflineOutcome[]> {
    const { cloud } = this;
    return await cloud.gate.perform(call, 'offline add', () => {
      cloud.rules.batch(links.length);
      this.#requireFolder(folder);
      return links.map((link) => this.#addOne(link, folder));
    });
  }

  async *look(ids: readonly string[], call: Call): AsyncIterable<readonly OfflineTask[]> {
    for await (const page of this.all(call)) yield page.filter(({ id }) => ids.includes(id));
  }

  async retry(task: OfflineTask, call: Call): Promise<OfflineOutcome> {
    const { cloud } = this;
    return await cloud.gate.perform(call, 'offline retry', () => {
      const folderId = cloud.offline.folderOf(task.id);
      cloud.offline.remove(task.id, false);
      return this.#asked(task.id, () => this.#ask(task.id, task.link ?? '', folderId));
    });
  }

  async quota(call: Call): Promise<OfflineQuota | null> {
    const { total, used } = await this.cloud.gate.perform(
      call,
      'offline quota',
      () => this.cloud.offline.quota,
    );
    const left = Math.max(0, total - used);
    return { total, used, left, packages: [{ name: 'all', total, left, expiresAt: null }] };
  }

  protected async *all(call: Call): AsyncIterable<readonly OfflineTask[]> {
    const { gate, offline, settings } = this.cloud;
    const tasks = await gate.perform(call, 'offline list', () => offline.all());
    for (let start = 0; start < tasks.length; start += settings.pageSize) {
      yield tasks.slice(start, start + settings.pageSize);
    }
  }

  protected async remove(
    tasks: readonly OfflineTask[],
    options: { readonly files: boolean },
    call: Call,
  ): Promise<void> {
    const { gate, offline } = this.cloud;
    await gate.perform(call, 'offline remove', () => {
      for (const { id } of tasks) offline.remove(id, options.files);
    });
  }

  protected async clear(which: OfflineClearing, call: Call): Promise<void> {
    const { gate, offline } = this.cloud;
    await gate.perform(call, 'offline clear', () => offline.clear(which));
  }

  protected async addTorrent(
    file: FileEntry,
    torrent: OfflineTorrent,
    wanted: readonly number[],
    folder: DirectoryEntry,
    call: Call,
  ): Promise<OfflineOutcome> {
    const { gate, offline } = this.cloud;
    return await gate.perform(call, 'offline torrent', () => {
      this.#requireFolder(folder);
      const { id, name, files } = offline.torrent(file.id);
      const chosen = files
        .filter((_file, index) => wanted.includes(index))
        .map(({ path, size }) => ({ name: path.split('/').at(-1) ?? path, size }));
      if (chosen.length === 0) throw new FsError('EINVAL', `${torrent.name}: no file was chosen`);
      const link = `magnet:?xt=urn:btih:${id}`;
      return this.#asked(id, () => offline.add({ id, link, name, folderId: folder.id, files: chosen }));
    });
  }

  async #read(file: FileEntry, call: Call): Promise<OfflineTorrent> {
    const { cloud } = this;
    return await cloud.gate.perform(call, 'offline torrent', () => {
      if (cloud.entry(file.id) === null) throw notFound(file.name);
      return cloud.offline.torrent(file.id);
    });
  }

  #requireFolder(folder: DirectoryEntry): void {
    if (this.cloud.entry(folder.id)?.kind !== 'directory') throw notFound(folder.name);
  }

  #addOne(link: string, folder: DirectoryEntry): OfflineOutcome {
    const checked = checkLink(link);
    if (!checked.ok) {
      const error = new FsError('EINVAL', `${link}: ${checked.problem}`, { reason: 'refused' });
      return { kind: 'refused', error };
    }
    const id = this.cloud.offline.idOf(checked.link);
    return this.#asked(id, () => this.#ask(id, checked.link, folder.id));
  }

  #ask(id: string, link: string, folderId: string): void {
    const name = nameOf(link) ?? id;
    this.cloud.offline.add({ id, link, name, folderId, files: [{ name, size: SIZE }] });
  }

  #asked(id: string, ask: () => void): OfflineOutcome {
    if (this.cloud.offline.has(id)) return { kind: 'known', id };
    try {
      ask();
      return { kind: 'added', id };
    } catch (error) {
      return { kind: 'refused', error: toFsError(error) };
    }
  }
}

/** What a link says that it leads to; null when it does not. */
function nameOf(link: string): string | null {
  const [, name = ''] =
    /^ed2k:\/\/\|file\|([^|]+)/i.exec(link) ??
    /[?&]dn=([^&]+)/.exec(link) ??
    /^\w+:\/\/[^/]+.*\/([^/?#]+)/.exec(link) ??
    [];
  return name === '' ? null : decodeURIComponent(name);
}
