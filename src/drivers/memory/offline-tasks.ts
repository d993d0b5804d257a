import { createHash } from 'node:crypto';
import type { OfflineClearing, OfflineTask, OfflineTorrent } from '../../driver/offline.js';
import type { Clock } from '../../lib/env.js';
import { FsError, notFound } from '../../lib/errors.js';
import { magnetHash } from '../../lib/offline-link.js';

/** A file that a task brings into its folder. */
export interface OfflineBringing {
  readonly name: string;
  readonly size: number;
}

/** What tasks do to the tree of their cloud. */
export interface OfflineSite {
  /** Makes the files, in the root when the folder is gone; the id of the first. */
  bring(folderId: string, files: readonly OfflineBringing[]): string;
  /** Puts what a task made into the recycle bin, if it is there. */
  discard(id: string): void;
}

export interface OfflineRules {
  /** Milliseconds from asking until the files are there. */
  readonly duration: number;
  /** Tasks that may be asked for in all. */
  readonly quota: number;
}

interface KeptTask {
  readonly id: string;
  readonly link: string;
  readonly name: string;
  readonly folderId: string;
  readonly files: readonly OfflineBringing[];
  readonly fate: 'done' | 'failed';
  readonly addedAt: number;
  entryId: string | null;
}

/** Part of the time in which a task only waits. */
const WAITING = 0.1;

/** Downloads that a memory cloud does by itself, in the time of its clock. */
export class MemoryOfflineTasks {
  readonly #clock: Clock;
  readonly #site: OfflineSite;
  readonly #rules: OfflineRules;
  readonly #tasks = new Map<string, KeptTask>();
  readonly #torrents = new Map<string, OfflineTorrent>();
  #used = 0;
  #failing = false;
  #quota: number;

  constructor(clock: Clock, site: OfflineSite, rules: OfflineRules) {
    this.#clock = clock;
    this.#site = site;
    this.#rules = rules;
    this.#quota = rules.quota;
  }

  /** Tasks that are asked for while this is true fail. */
  failNew(failing: boolean): void {
    this.#failing = failing;
  }

  /** So many tasks may be asked for from now on; null as many as at first. */
  limit(quota: number | null): void {
    this.#quota = quota ?? this.#rules.quota;
  }

  /** Lets a file hold a torrent. */
  plantTorrent(fileId: string, torrent: Omit<OfflineTorrent, 'id'>): void {
    this.#torrents.set(fileId, { id: idOf(`torrent ${fileId}`), ...torrent });
  }

  /** Throws EINVAL when the file holds none. */
  torrent(fileId: string): OfflineTorrent {
    const torrent = this.#torrents.get(fileId);
    if (torrent === undefined) {
      throw new FsError('EINVAL', 'the file is no torrent', { reason: 'refused' });
    }
    return torrent;
  }

  /** The task that a link has or would have. */
  idOf(link: string): string {
    return magnetHash(link) ?? idOf(link);
  }

  has(id: string): boolean {
    return this.#tasks.has(id);
  }

  get quota(): { readonly total: number; readonly used: number } {
    return { total: this.#quota, used: this.#used };
  }

  /** Throws EDQUOT when no more may be asked for. */
  add(task: Pick<KeptTask, 'id' | 'link' | 'name' | 'folderId' | 'files'>): void {
    if (this.#used >= this.#quota) {
      throw new FsError('EDQUOT', 'the quota of offline downloads is used up', { reason: 'refused' });
    }
    this.#used += 1;
    const kept: KeptTask = {
      ...task,
      fate: this.#failing ? 'failed' : 'done',
      addedAt: this.#clock.now(),
      entryId: null,
    };
    this.#tasks.set(task.id, kept);
    this.#clock.after(this.#rules.duration, () => this.#finish(kept));
  }

  /** The newest first. */
  all(): readonly OfflineTask[] {
    return [...this.#tasks.values()].reverse().map((task) => this.#shown(task));
  }

  /** Throws ENOENT. */
  folderOf(id: string): string {
    const task = this.#tasks.get(id);
    if (task === undefined) throw notFound(`task ${id}`);
    return task.folderId;
  }

  /** Forgets a task, if there is one; `files` discards what it made. */
  remove(id: string, files: boolean): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    if (files && task !== undefined && task.entryId !== null) this.#site.discard(task.entryId);
  }

  clear(which: OfflineClearing): void {
    for (const task of this.all()) {
      const kind = task.state === 'waiting' ? 'running' : task.state;
      if (which === 'all' || which === kind) this.remove(task.id, false);
    }
  }

  #finish(task: KeptTask): void {
    if (task.fate === 'failed' || this.#tasks.get(task.id) !== task) return;
    task.entryId = this.#site.bring(task.folderId, task.files);
  }

  #shown(task: KeptTask): OfflineTask {
    const share = Math.min(1, (this.#clock.now() - task.addedAt) / this.#rules.duration);
    const failed = task.fate === 'failed' && share === 1;
    const state = failed
      ? 'failed'
      : task.entryId !== null
        ? 'done'
        : share < WAITING
          ? 'waiting'
          : 'running';
    const { id, link, name, addedAt, folderId, entryId } = task;
    return {
      ...{ id, link, name, state, addedAt, folderId, entryId },
      size: task.files.reduce((sum, file) => sum + file.size, 0),
      progress: state === 'done' ? 1 : Math.min(0.99, share),
      movedAt: Math.min(this.#clock.now(), addedAt + this.#rules.duration),
      reason: failed ? 'nothing was found behind the link' : null,
    };
  }
}

function idOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
