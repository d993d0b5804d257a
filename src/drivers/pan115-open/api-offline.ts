import type * as v from 'valibot';
import type { Call } from '../../lib/call.js';
import type { ResourceCalls } from './calls.js';
import { readReply } from './wire.js';
import { addedTorrent, addedUrls, offlineQuota, taskPage, torrentContent } from './wire-offline.js';

export type AddedUrl = v.InferOutput<typeof addedUrls>['data'][number];
export type TorrentContent = v.InferOutput<typeof torrentContent>['data'];
export type TaskPage = v.InferOutput<typeof taskPage>['data'];
export type ListedTask = TaskPage['tasks'][number];
export type QuotaInfo = v.InferOutput<typeof offlineQuota>['data'];

/** A torrent file that lies in the drive. */
export interface TorrentFile {
  readonly sha1: string;
  readonly pickCode: string;
}

/** Flags of offline/clear_task on which all sources agree; 4 and 5 would take files along. */
export const CLEAR_FLAGS = { done: 0, all: 1, failed: 2, running: 3 } as const;

/** The resource calls of 115 Open about offline downloads (§18); each is one request. */
export class OfflineApi {
  readonly #calls: ResourceCalls;

  constructor(calls: ResourceCalls) {
    this.#calls = calls;
  }

  /** A link that was asked for before is refused as existing, so that repeating it does no harm. */
  async addUrls(links: readonly string[], folder: string, call: Call): Promise<readonly AddedUrl[]> {
    const path = 'offline/add_task_urls';
    const form = { urls: links.join('\n'), wp_path_id: folder };
    const reply = await this.#calls.post(path, form, call, { repeatable: true });
    return readReply(addedUrls, reply.json, path).data;
  }

  async torrent(file: TorrentFile, call: Call): Promise<TorrentContent> {
    const path = 'offline/torrent';
    const form = { torrent_sha1: file.sha1, pick_code: file.pickCode };
    const reply = await this.#calls.post(path, form, call, { repeatable: true });
    return readReply(torrentContent, reply.json, path).data;
  }

  /** The task's id, where the answer tells it. */
  async addTorrent(
    file: TorrentFile,
    infoHash: string,
    wanted: readonly number[],
    folder: string,
    call: Call,
  ): Promise<string | null> {
    const path = 'offline/add_task_bt';
    const form = {
      ...{ info_hash: infoHash, wanted: wanted.join(','), save_path: '' },
      ...{ torrent_sha1: file.sha1, pick_code: file.pickCode, wp_path_id: folder },
    };
    const reply = await this.#calls.post(path, form, call, { repeatable: true });
    return readReply(addedTorrent, reply.json, path).data.info_hash ?? null;
  }

  /** Pages count from 1; the cloud decides how long they are. */
  async tasks(page: number, call: Call): Promise<TaskPage> {
    const path = 'offline/get_task_list';
    const reply = await this.#calls.get(path, { page }, call);
    return readReply(taskPage, reply.json, path).data;
  }

  async remove(infoHash: string, files: boolean, call: Call): Promise<void> {
    const form = { info_hash: infoHash, del_source_file: files ? 1 : 0 };
    await this.#calls.post('offline/del_task', form, call, { repeatable: true });
  }

  async clear(which: keyof typeof CLEAR_FLAGS, call: Call): Promise<void> {
    await this.#calls.post('offline/clear_task', { flag: CLEAR_FLAGS[which] }, call, { repeatable: true });
  }

  async quota(call: Call): Promise<QuotaInfo> {
    const path = 'offline/get_quota_info';
    const reply = await this.#calls.get(path, {}, call);
    return readReply(offlineQuota, reply.json, path).data;
  }
}
