import type { DirectoryEntry } from '../../driver/entry.js';
import type {
  OfflineClearing,
  OfflineDownloads,
  OfflineOutcome,
  OfflineQuota,
  OfflineState,
  OfflineTask,
  OfflineTaskList,
  OfflineTorrents,
} from '../../driver/offline.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import { magnetHash, OFFLINE_SCHEMES } from '../../lib/offline-link.js';
import type { AddedUrl, ListedTask, OfflineApi } from './api-offline.js';
import { isTemporary, OFFLINE_TASK_EXISTS, relayedRefusal } from './errors.js';
import { Pan115OpenTorrents } from './offline-torrents.js';

/** Many links in one call may take the cloud longer than its gateway waits. */
const BATCH = 50;

/** No account has so many pages: a list that does not end is an odd answer. */
const MOST_PAGES = 1000;

const STATES: Readonly<Record<ListedTask['status'], OfflineState>> = {
  [-1]: 'failed',
  0: 'waiting',
  1: 'running',
  2: 'done',
};

/** Offline downloads of a 115 account (115-open.md §18). */
export class Pan115OpenOffline implements OfflineDownloads {
  readonly schemes = OFFLINE_SCHEMES;
  readonly batch = BATCH;
  readonly list: OfflineTaskList;
  readonly torrents: OfflineTorrents;
  readonly #api: OfflineApi;

  constructor(api: OfflineApi) {
    this.#api = api;
    this.list = {
      all: (call) => this.#pages(call),
      remove: (tasks, options, call) => this.#remove(tasks, options, call),
      clear: (which: OfflineClearing, call) => this.#clear(which, call),
    };
    this.torrents = new Pan115OpenTorrents(api);
  }

  async add(
    links: readonly string[],
    folder: DirectoryEntry,
    call: Call,
  ): Promise<readonly OfflineOutcome[]> {
    call.signal.throwIfAborted();
    if (links.length === 0) return [];
    const told = await this.#api.addUrls(links, folder.id, call);
    if (told.length !== links.length) {
      const words = `115 Open: offline/add_task_urls: ${told.length} outcomes came for ${links.length} links`;
      throw new FsError('EIO', words, { reason: 'reply' });
    }
    const known = told.flatMap((one, index) => (isKnown(one) ? [links[index] ?? ''] : []));
    const ids = known.length === 0 ? new Map<string, string>() : await this.#idsOf(known, call);
    return told.map((one, index) => outcomeOf(one, links[index] ?? '', ids));
  }

  async *look(ids: readonly string[], call: Call): AsyncGenerator<readonly OfflineTask[], void> {
    call.signal.throwIfAborted();
    const missing = new Set(ids);
    if (missing.size === 0) return;
    for await (const page of this.#pages(call)) {
      yield page.filter(({ id }) => missing.delete(id));
      // Each page is a call.
      if (missing.size === 0) return;
    }
  }

  /** The cloud has no such call: the link is asked for anew. */
  async retry(task: OfflineTask, call: Call): Promise<OfflineOutcome> {
    call.signal.throwIfAborted();
    const { link, folderId } = task;
    if (link === null || folderId === null) {
      throw new FsError(
        'EINVAL',
        `115 Open: the cloud does not tell the link of ${task.name ?? task.id}: add it anew`,
      );
    }
    await this.#remove([task], { files: false }, call);
    const [told] = await this.#api.addUrls([link], folderId, call);
    if (told !== undefined) return outcomeOf(told, link, new Map([[link, task.id]]));
    throw new FsError('EIO', '115 Open: offline/add_task_urls: no outcome came', { reason: 'reply' });
  }

  async quota(call: Call): Promise<OfflineQuota> {
    call.signal.throwIfAborted();
    const told = await this.#api.quota(call);
    return {
      total: told.count,
      used: told.used,
      left: told.surplus,
      packages: told.package.map(({ name, count, surplus, expire_info: expiries }) => ({
        name,
        total: count,
        left: surplus,
        expiresAt: earliest(expiries.map(({ expire_time: time }) => time)),
      })),
    };
  }

  /** A task that comes to the list while it is read moves others to the next page: none is told twice. */
  async *#pages(call: Call): AsyncGenerator<readonly OfflineTask[], void> {
    call.signal.throwIfAborted();
    const known = new Set<string>();
    for (let number = 1; number <= MOST_PAGES; number += 1) {
      const { tasks, page_count: pages } = await this.#api.tasks(number, call);
      const fresh = tasks.filter((task) => !known.has(task.info_hash));
      for (const task of fresh) known.add(task.info_hash);
      if (fresh.length > 0) yield fresh.map(taskOf);
      if (tasks.length === 0 || number >= pages) return;
    }
    const words = `115 Open: offline/get_task_list: the list does not end after ${MOST_PAGES} pages`;
    throw new FsError('EIO', words, { reason: 'reply' });
  }

  /** The tasks that links have, by link. */
  async #idsOf(links: readonly string[], call: Call): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for await (const page of this.#pages(call)) {
      for (const link of links) {
        const task = page.find((one) => one.link === link || one.id === magnetHash(link));
        if (task !== undefined) found.set(link, task.id);
      }
      if (links.every((link) => found.has(link))) break;
    }
    return found;
  }

  async #remove(
    tasks: readonly OfflineTask[],
    { files }: { readonly files: boolean },
    call: Call,
  ): Promise<void> {
    call.signal.throwIfAborted();
    for (const { id } of tasks) {
      try {
        await this.#api.remove(id, files, call);
      } catch (error) {
        // "The operation failed" is all the cloud says of a task that it has no more.
        if (!isTemporary(error) || (await this.#exists(id, call))) throw error;
      }
    }
  }

  async #exists(id: string, call: Call): Promise<boolean> {
    for await (const page of this.look([id], call)) if (page.length > 0) return true;
    return false;
  }

  async #clear(which: OfflineClearing, call: Call): Promise<void> {
    call.signal.throwIfAborted();
    await this.#api.clear(which, call);
  }
}

function taskOf(task: ListedTask): OfflineTask {
  const state = STATES[task.status];
  return {
    id: task.info_hash,
    link: task.url === '' ? null : task.url,
    name: task.name === '' ? null : task.name,
    size: task.size ?? null,
    state,
    progress: state === 'done' ? 1 : Math.min(0.99, Math.max(0, task.percentDone / 100 || 0)),
    addedAt: moment(task.add_time),
    movedAt: moment(task.last_update),
    folderId: task.wp_path_id ?? null,
    entryId: state === 'done' ? task.file_id : null,
    reason: state === 'failed' ? '115 could not download it, and does not say why' : null,
  };
}

function isKnown({ state, code, info_hash: id }: AddedUrl): boolean {
  return !state && code === OFFLINE_TASK_EXISTS && id === undefined;
}

function outcomeOf(told: AddedUrl, link: string, ids: ReadonlyMap<string, string>): OfflineOutcome {
  const { state, code, message, info_hash: id } = told;
  if (state && id !== undefined) return { kind: 'added', id };
  if (code === OFFLINE_TASK_EXISTS) return { kind: 'known', id: id ?? ids.get(link) ?? null };
  if (!state) return { kind: 'refused', error: relayedRefusal(link, { code, message }) };
  const words = '115 Open: offline/add_task_urls: a task came without its id';
  return { kind: 'refused', error: new FsError('EIO', words, { reason: 'reply' }) };
}

function moment(time: number): number | null {
  return time === 0 ? null : time * 1000;
}

function earliest(times: readonly number[]): number | null {
  const known = times.filter((time) => time > 0);
  return known.length === 0 ? null : Math.min(...known) * 1000;
}
