import type { DirectoryEntry, FileEntry } from '../../driver/entry.js';
import type { OfflineDownloads, OfflineTorrent, OfflineTorrents } from '../../driver/offline.js';
import type { DriverWriter } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import type { Logger } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type {
  OfflineQuotaRow,
  OfflineTorrentInput,
  OfflineTorrentOutput,
} from '../../lib/offline-protocol.js';
import type { AccountOffline } from './account.js';
import type { CapableAccounts } from './accounts.js';
import type { Place, Places } from './places.js';
import { addedRow } from './status.js';
import { chosenFiles, putTorrent } from './torrent.js';

interface TorrentParts {
  readonly places: Places;
  readonly accounts: CapableAccounts;
  readonly quota: (account: AccountOffline, call: Call) => Promise<OfflineQuotaRow | null>;
}

/** Asks clouds for what torrent files hold. */
export class OfflineTorrentFiles {
  readonly #log: Logger;
  readonly #parts: TorrentParts;

  constructor(log: Logger, parts: TorrentParts) {
    this.#log = log;
    this.#parts = parts;
  }

  /** Adds some files of a torrent, or tells what it holds. Bytes are put beside the target for as long as it takes. */
  async add(input: OfflineTorrentInput, call: Call): Promise<OfflineTorrentOutput> {
    const target = await this.#parts.places.directory(input.to, call);
    const { account, verb } = this.#parts.accounts.require(target.drive.name);
    const torrents = torrentsOf(verb, target.drive.name);
    return await this.#withFile(input, target, torrents.largest, call, async (file) => {
      const torrent = await torrents.read(file, call);
      const wanted = chosenFiles(torrent, input.files);
      const files = torrent.files.map(({ path, size }, place) => ({
        path,
        size,
        chosen: wanted.includes(place),
      }));
      if (!input.add) return { name: torrent.name, files, added: null, quota: null };
      const link = `magnet:?xt=urn:btih:${torrent.id}`;
      const outcome = await account.addTorrent(askedFor(torrent, wanted, target), () =>
        torrents.add(file, torrent, wanted, target.entry, call),
      );
      const quota = await this.#parts.quota(account, call);
      return { name: torrent.name, files, added: addedRow(link, outcome), quota };
    });
  }

  async #withFile<T>(
    { torrent }: OfflineTorrentInput,
    target: Place<DirectoryEntry>,
    largest: number,
    call: Call,
    work: (file: FileEntry) => Promise<T>,
  ): Promise<T> {
    if ('path' in torrent) return await work(await this.#stored(torrent.path, target, call));
    const write = writerOf(target);
    const bytes = Buffer.from(torrent.content, 'base64');
    if (bytes.length > largest) {
      throw new FsError('EFBIG', `${torrent.name}: larger than any torrent that the cloud reads`, {
        expected: true,
      });
    }
    const file = await putTorrent(write, bytes, { directory: target.entry, name: torrent.name }, call);
    try {
      return await work(file);
    } finally {
      await this.#discard(write, file, call);
    }
  }

  /** A torrent file of the same account. */
  async #stored(path: string, target: Place<DirectoryEntry>, call: Call): Promise<FileEntry> {
    const { drive, entry } = await this.#parts.places.file(path, call);
    if (drive.account.name === target.drive.account.name) return entry;
    const words = `${path} lies in another account than ${target.drive.name}:${target.path}: name a copy on this machine`;
    throw new FsError('EXDEV', words, { expected: true });
  }

  async #discard(write: DriverWriter, file: FileEntry, call: Call): Promise<void> {
    try {
      await write.remove([file], call);
    } catch (error) {
      this.#log.warn('a torrent file that was needed for a moment stays in the cloud', {
        name: file.name,
        error,
      });
    }
  }
}

function torrentsOf(verb: OfflineDownloads, drive: string): OfflineTorrents {
  if (verb.torrents !== undefined) return verb.torrents;
  throw new FsError('EOPNOTSUPP', `the cloud of ${drive} takes no torrents`, {
    reason: 'refused',
    expected: true,
  });
}

function writerOf({ drive }: Place<DirectoryEntry>): DriverWriter {
  const { write } = drive.source.driver;
  if (write !== undefined) return write;
  const words = `${drive.name} takes no files: name a torrent that lies in it`;
  throw new FsError('EROFS', words, { reason: 'refused', expected: true });
}

function askedFor(torrent: OfflineTorrent, wanted: readonly number[], target: Place<DirectoryEntry>) {
  return {
    id: torrent.id,
    link: `magnet:?xt=urn:btih:${torrent.id}`,
    drive: target.drive.name,
    folder: target.entry,
    path: target.path,
    isSelection: wanted.length < torrent.files.length,
    state: 'open' as const,
  };
}
