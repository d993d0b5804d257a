import type { OfflineDownloads, OfflineTask } from '../../driver/offline.js';
import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import type { OfflineEvent } from './events.js';
import type { EndedIn } from './folders.js';
import type { AskedTasks } from './rows.js';
import type { SeenChange, SeenTasks } from './seen.js';

export interface OfflineEndsParts {
  /** The name of the account. */
  readonly account: string;
  readonly offline: OfflineDownloads;
  readonly asked: AskedTasks;
  readonly seen: SeenTasks;
  /** Shows what came. */
  readonly refresh: (ended: EndedIn, call: Call) => Promise<void>;
  readonly tell: (event: OfflineEvent) => void;
}

/** What follows when a download of the cloud ends: its folder is listed, whoever listens hears of it, the list is cleared. */
export class OfflineEnds {
  readonly #env: Env;
  readonly #parts: OfflineEndsParts;
  readonly #autoClear: boolean;

  constructor(env: Env, parts: OfflineEndsParts, autoClear: boolean) {
    this.#env = env;
    this.#parts = parts;
    this.#autoClear = autoClear;
  }

  /** Never rejects. */
  async ended({ task, asked }: SeenChange, call: Call): Promise<void> {
    const isDone = task.state === 'done';
    try {
      if (isDone) await this.show(task, call);
      if (call.signal.aborted) return;
      if (asked !== null) await this.#parts.asked.put({ ...asked, state: isDone ? 'done' : 'failed' });
      this.tell(isDone ? 'done' : 'failed', task);
      if (isDone && asked !== null && this.#autoClear) await this.#clear(task, call);
    } catch (error) {
      if (call.signal.aborted) return;
      this.#env.log.warn('an offline download that has ended stays in the list', { id: task.id, error });
    }
  }

  /** Somebody took this out of the cloud's list while it ran; it may have ended before. Never rejects. */
  async vanished(id: string, call: Call): Promise<void> {
    const { asked, seen } = this.#parts;
    const row = asked.get(id) ?? null;
    this.tell('gone', { id, name: null, link: row?.link ?? null, reason: null });
    try {
      if (row !== null) await this.#refresh(id, { folderId: row.folder.id, entryId: null, asked: row }, call);
      seen.forget(id);
      await asked.remove(id);
    } catch (error) {
      if (!call.signal.aborted)
        this.#env.log.warn('an offline download could not be forgotten', { id, error });
    }
  }

  /** Lists the folder of a task again. Never rejects. */
  async show(task: OfflineTask, call: Call): Promise<void> {
    const asked = this.#parts.asked.get(task.id) ?? null;
    const folderId = task.folderId ?? asked?.folder.id;
    if (folderId === undefined) return;
    await this.#refresh(task.id, { folderId, entryId: task.entryId, asked }, call);
  }

  tell(
    kind: OfflineEvent['kind'],
    { id, name, link, reason }: Pick<OfflineTask, 'id' | 'name' | 'link' | 'reason'>,
  ): void {
    const { account, tell } = this.#parts;
    this.#env.log.info(`offline download ${kind}`, { account, id, name, reason });
    tell({ kind, account, id, name, link, reason, at: this.#env.clock.now() });
  }

  async #clear(task: OfflineTask, call: Call): Promise<void> {
    const { offline, asked, seen } = this.#parts;
    if (offline.list === undefined) return;
    await offline.list.remove([task], { files: false }, call);
    seen.forget(task.id);
    await asked.remove(task.id);
  }

  /** What ended is told also when its folder cannot be listed now: an old listing is renewed in its time. */
  async #refresh(id: string, ended: Omit<EndedIn, 'account'>, call: Call): Promise<void> {
    try {
      await this.#parts.refresh({ account: this.#parts.account, ...ended }, call);
    } catch (error) {
      if (call.signal.aborted) return;
      this.#env.log.warn('the folder of an offline download could not be listed', { id, error });
    }
  }
}
