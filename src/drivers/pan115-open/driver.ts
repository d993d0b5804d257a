import type {
  Driver,
  DownloadLink,
  DriverFacts,
  LinkBatch,
  LinkOptions,
  Space,
} from '../../driver/driver.js';
import type { DirectoryEntry, Entry, FileEntry } from '../../driver/entry.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import type { Pan115OpenApi } from './api.js';
import { Pan115OpenCopy } from './copy.js';
import { ROOT_ID, bareDirectory, entryOfInfo } from './entries.js';
import { Folders } from './folders.js';
import { CONNECTIONS_PER_LINK, linkOf } from './link.js';
import { FORBIDDEN_CHARACTERS, NAME_BYTES } from './names.js';
import { Pan115OpenOffline } from './offline.js';
import { Pan115OpenRapidUpload } from './rapid.js';
import { Pan115OpenTrash } from './trash.js';
import type { AccountWriteParts } from './write-parts.js';
import { Pan115OpenWriter } from './writer.js';

/** What decides how the calls are made. */
export interface DriverOptions {
  /** The id of the drive's root folder. */
  readonly root: string;
  readonly userAgent: string;
  readonly pageSize: number;
  readonly linkBatch: number;
  readonly changeBatch: number;
}

const FACTS: Omit<DriverFacts, 'listingLag'> = {
  hash: 'sha1',
  nameBytes: NAME_BYTES,
  forbiddenCharacters: FORBIDDEN_CHARACTERS,
  caseSensitive: true,
  immutableContent: true,
  connectionsPerLink: CONNECTIONS_PER_LINK,
};

/** A folder of a 115 account through the Open platform (115-open.md §6-17). */
export class Pan115OpenDriver implements Driver {
  readonly kind = '115-open';
  readonly facts: DriverFacts;
  readonly links: LinkBatch;
  readonly write: Pan115OpenWriter;
  readonly rapid: Pan115OpenRapidUpload;
  readonly copy: Pan115OpenCopy;
  readonly trash: Pan115OpenTrash;
  readonly offline: Pan115OpenOffline;
  readonly #api: Pan115OpenApi;
  readonly #folders: Folders;
  readonly #options: DriverOptions;

  constructor(api: Pan115OpenApi, writing: AccountWriteParts, options: DriverOptions) {
    this.facts = { ...FACTS, listingLag: writing.listingLag };
    this.#api = api;
    this.#folders = new Folders(api, writing.env.log, options.pageSize);
    this.#options = options;
    this.links = {
      limit: options.linkBatch,
      links: (files, call, link) => this.#links(files, call, link),
    };
    const parts = { ...writing, folders: this.#folders };
    this.write = new Pan115OpenWriter(parts, options.changeBatch);
    this.rapid = new Pan115OpenRapidUpload(parts);
    this.copy = new Pan115OpenCopy(parts, options.changeBatch);
    this.trash = new Pan115OpenTrash(parts);
    this.offline = new Pan115OpenOffline(writing.offline);
  }

  async connect(call: Call): Promise<DirectoryEntry> {
    const { root } = this.#options;
    if (root === ROOT_ID) {
      await this.#api.userInfo(call);
      return bareDirectory(ROOT_ID);
    }
    const folder = await this.#folders.folder(root, call);
    if (folder !== null) return folder;
    const advice = ': correct the root of the drive in the configuration';
    throw await this.#folders.whyNotListed(root, call, advice);
  }

  async *list(directory: DirectoryEntry, call: Call): AsyncGenerator<readonly Entry[], void> {
    call.signal.throwIfAborted();
    yield* this.#folders.children(directory.id, call);
  }

  async stat(entry: Entry, call: Call): Promise<Entry | null> {
    call.signal.throwIfAborted();
    if (entry.id === ROOT_ID) return entry;
    const info = await this.#folders.info(entry.id, call);
    return info === null ? null : entryOfInfo(info, entry);
  }

  async link(file: FileEntry, call: Call, options: LinkOptions = {}): Promise<DownloadLink> {
    const found = (await this.#askLinks([file], call, options)).get(file.id);
    if (found === undefined) {
      const words = `115 Open: ufile/downurl: the answer has no link for file ${file.id}`;
      throw new FsError('EIO', words, { reason: 'reply' });
    }
    if (found instanceof FsError) throw found;
    return found;
  }

  async space(call: Call): Promise<Space | null> {
    const { rt_space_info: space } = await this.#api.userInfo(call);
    return space === undefined ? null : { total: space.all_total.size, used: space.all_use.size };
  }

  /** One missing file makes the cloud refuse all of a call: halves are asked until it stands alone. */
  async #links(
    files: readonly FileEntry[],
    call: Call,
    options: LinkOptions = {},
  ): Promise<ReadonlyMap<string, DownloadLink>> {
    try {
      return onlyLinks(await this.#askLinks(files, call, options));
    } catch (error) {
      if (!(error instanceof FsError) || error.reason !== 'gone') throw error;
      if (files.length === 1) return new Map();
    }
    const middle = Math.ceil(files.length / 2);
    const first = await this.#links(files.slice(0, middle), call, options);
    const second = await this.#links(files.slice(middle), call, options);
    return new Map([...first, ...second]);
  }

  /** By file id: the link, or why there is none. Files that the answer leaves out are missing. */
  async #askLinks(
    files: readonly FileEntry[],
    call: Call,
    options: LinkOptions,
  ): Promise<ReadonlyMap<string, DownloadLink | FsError>> {
    call.signal.throwIfAborted();
    if (files.length === 0) return new Map();
    const userAgent = options.userAgent ?? this.#options.userAgent;
    const { urls, headers } = await this.#api.downloadUrls(files.map(pickCodeOf), userAgent, call);
    const answer = { headers, userAgent };
    const found = new Map<string, DownloadLink | FsError>();
    for (const file of files) {
      const target = urls[file.id];
      if (target !== undefined)
        found.set(
          file.id,
          attempt(() => linkOf(file, target, answer)),
        );
    }
    return found;
  }
}

function pickCodeOf(file: FileEntry): string {
  const code = file.attributes['pickcode'];
  if (code !== undefined) return code;
  throw new FsError('EIO', `115 Open: ${file.name} (id ${file.id}) came without a pick code`, {
    reason: 'reply',
  });
}

function onlyLinks(found: ReadonlyMap<string, DownloadLink | FsError>): ReadonlyMap<string, DownloadLink> {
  const links = new Map<string, DownloadLink>();
  for (const [id, one] of found) if (!(one instanceof FsError)) links.set(id, one);
  return links;
}

function attempt(work: () => DownloadLink): DownloadLink | FsError {
  try {
    return work();
  } catch (error) {
    if (error instanceof FsError) return error;
    throw error;
  }
}
