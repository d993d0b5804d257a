import type { DirectoryEntry, Entry } from '../../driver/entry.js';
import type { Call } from '../../lib/call.js';
import type { Logger } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type { ItemInfo, Pan115OpenApi } from './api.js';
import { ROOT_ID, bareDirectory } from './entries.js';
import { Listing, isListingOf } from './listing.js';

/** What the cloud says about folders and what is in them. */
export class Folders {
  readonly #api: Pan115OpenApi;
  readonly #log: Logger;
  readonly #pageSize: number;

  constructor(api: Pan115OpenApi, log: Logger, pageSize: number) {
    this.#api = api;
    this.#log = log;
    this.#pageSize = pageSize;
  }

  /** The children in pages, as Listing.pages gives them. */
  async *children(id: string, call: Call): AsyncGenerator<readonly Entry[], void> {
    const calls = {
      list: this.#api.list.bind(this.#api),
      info: (item: string, asking: Call) => this.info(item, asking),
    };
    yield* new Listing(calls, this.#log, id, this.#pageSize, call).pages();
  }

  /** All children for which `wanted` holds. */
  async matching(id: string, wanted: (entry: Entry) => boolean, call: Call): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    for await (const page of this.children(id, call)) found.push(...page.filter(wanted));
    return found;
  }

  /**
   * The folder with what a listing of one entry tells of it, which is quick where folder/get_info counts the whole
   * subtree first (§8); null when the cloud answers for another folder, as it does for what is none (§7.5).
   */
  async folder(id: string, call: Call): Promise<DirectoryEntry | null> {
    if (id === ROOT_ID) return bareDirectory(ROOT_ID);
    const page = await this.#api.list({ cid: id, offset: 0, limit: 1, order: null }, call);
    const place = page.path.at(-1);
    return isListingOf(page, id) ? bareDirectory(id, place?.pid, place?.name) : null;
  }

  /** Rejects with ENOENT when there is no such folder, ENOTDIR when it is a file. */
  async mustExist(id: string, call: Call): Promise<void> {
    if ((await this.folder(id, call)) === null) throw await this.whyNotListed(id, call);
  }

  /** Why the cloud does not list a folder; `advice` tells a person what to do when there is none. */
  async whyNotListed(id: string, call: Call, advice = ''): Promise<FsError> {
    const info = await this.info(id, call);
    if (info === null) {
      const words = `115 Open: there is no folder ${id} in this account${advice}`;
      return new FsError('ENOENT', words, { reason: 'gone', expected: true });
    }
    if (info.file_category === '1') {
      return new FsError('ENOTDIR', `115 Open: ${id} is a file, not a folder: ${info.file_name}`);
    }
    const words = `115 Open: ufile/files: the cloud answered for another folder than ${id}`;
    return new FsError('EIO', words, { reason: 'reply' });
  }

  /** Null when the cloud says, in whichever of its forms, that the item is gone (§8). */
  async info(id: string, call: Call): Promise<ItemInfo | null> {
    try {
      const info = await this.#api.info(id, call);
      if (info === null || info.file_id === id) return info;
    } catch (error) {
      if (error instanceof FsError && error.reason === 'gone') return null;
      throw error;
    }
    const words = `115 Open: folder/get_info: the answer is about another item than ${id}`;
    throw new FsError('EIO', words, { reason: 'reply' });
  }
}
