import type { DirectoryEntry, FileEntry } from '../../driver/entry.js';
import type { OfflineOutcome, OfflineTorrent, OfflineTorrents } from '../../driver/offline.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import type { OfflineApi, TorrentFile } from './api-offline.js';
import { cloudCode, OFFLINE_TASK_EXISTS } from './errors.js';

/** No torrent that anybody uses is larger (bytes); the document names no limit. */
const LARGEST = 10 * 1024 ** 2;

/** Torrent files in a drive of 115 (115-open.md §18). */
export class Pan115OpenTorrents implements OfflineTorrents {
  readonly largest = LARGEST;
  readonly #api: OfflineApi;

  constructor(api: OfflineApi) {
    this.#api = api;
  }

  async read(file: FileEntry, call: Call): Promise<OfflineTorrent> {
    call.signal.throwIfAborted();
    const told = await this.#api.torrent(torrentFile(file), call);
    return {
      id: told.info_hash,
      name: told.torrent_name,
      files: told.torrent_filelist.map(({ path, size, wanted }) => ({
        path,
        size,
        preselected: wanted === 1,
      })),
    };
  }

  async add(
    file: FileEntry,
    torrent: OfflineTorrent,
    wanted: readonly number[],
    folder: DirectoryEntry,
    call: Call,
  ): Promise<OfflineOutcome> {
    call.signal.throwIfAborted();
    if (wanted.length === 0) throw new FsError('EINVAL', `${file.name}: no file of it was chosen`);
    try {
      const id = await this.#api.addTorrent(torrentFile(file), torrent.id, wanted, folder.id, call);
      return { kind: 'added', id: id ?? torrent.id };
    } catch (error) {
      if (cloudCode(error) === OFFLINE_TASK_EXISTS) return { kind: 'known', id: torrent.id };
      throw error;
    }
  }
}

function torrentFile(file: FileEntry): TorrentFile {
  const pickCode = file.attributes['pickcode'];
  if (pickCode === undefined || file.hash === null) {
    const words = `115 Open: ${file.name} (id ${file.id}) came without a pick code or a hash`;
    throw new FsError('EIO', words, { reason: 'reply' });
  }
  return { sha1: file.hash.value, pickCode };
}
