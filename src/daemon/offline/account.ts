import type { Account } from '../../driver/account.js';
import type { DirectoryEntry } from '../../driver/entry.js';
import type {
  OfflineClearing,
  OfflineDownloads,
  OfflineOutcome,
  OfflineQuota,
  OfflineTask,
  OfflineTaskList,
} from '../../driver/offline.js';
import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type { OfflineSummary } from '../../lib/offline-protocol.js';
import type { OfflineEvent } from './events.js';
import { OfflineEnds } from './ends.js';
import type { EndedIn } from './folders.js';
import { OfflinePoll } from './poll.js';
import type { AskedTask, AskedTasks } from './rows.js';
import { type KnownTask, SeenTasks } from './seen.js';
import { hasSpareCalls } from '../spare-calls.js';

export interface AccountOfflineParts {
  readonly account: Pick<Account, 'name' | 'health'>;
  readonly offline: OfflineDownloads;
  readonly asked: AskedTasks;
  /** Shows what came. */
  readonly refresh: (ended: EndedIn, call: Call) => Promise<void>;
  readonly tell: (event: OfflineEvent) => void;
}

/** Where a link goes. */
export interface OfflineTarget {
  readonly drive: string;
  readonly path: string;
  readonly folder: DirectoryEntry;
}

/**
 * The downloads that the cloud does for one account: asks for them, looks how they are while they run, and tells when
 * they end. Methods reject with FsError, or with the signal's reason.
 */
export class AccountOffline {
  readonly #env: Env;
  readonly #parts: AccountOfflineParts;
  readonly #seen: SeenTasks;
  readonly #ends: OfflineEnds;
  readonly #poll: OfflinePoll;
  readonly #watchers = new Set<() => void>();
  readonly #closing = new AbortController();
  /** Links whose answer an earlier run never heard. */
  #unanswered: readonly AskedTask[];
  #ending: Promise<void> = Promise.resolve();

  constructor(env: Env, parts: AccountOfflineParts, options: { readonly autoClear: boolean }) {
    this.#env = env;
    this.#parts = parts;
    this.#seen = new SeenTasks(env.clock, parts.asked);
    this.#ends = new OfflineEnds(
      env,
      { ...parts, account: parts.account.name, seen: this.#seen },
      options.autoClear,
    );
    this.#unanswered = parts.asked.all.filter(({ id }) => id === null);
    this.#poll = new OfflinePoll(env.clock, () => this.#look());
    if (parts.asked.all.some(({ state }) => state === 'open')) this.#poll.begin();
  }

  get name(): string {
    return this.#parts.account.name;
  }

  /** Whether somebody looks now and then how tasks are. */
  get isPolling(): boolean {
    return this.#poll.isRunning;
  }

  /** What became of each link, in order. What was asked for is on disk before the cloud hears of it. */
  async add(links: readonly string[], target: OfflineTarget, call: Call): Promise<readonly OfflineOutcome[]> {
    const { offline } = this.#parts;
    const outcomes: OfflineOutcome[] = [];
    for (let start = 0; start < links.length; start += offline.batch) {
      const some = links.slice(start, start + offline.batch);
      outcomes.push(...(await this.#addSome(some, target, call)));
    }
    return outcomes;
  }

  /** Asks for a torrent by what `ask` does; `asked` as it is to be remembered. */
  async addTorrent(
    asked: Omit<AskedTask, 'account'>,
    ask: () => Promise<OfflineOutcome>,
  ): Promise<OfflineOutcome> {
    const key = asked.id ?? asked.link;
    await this.#parts.asked.put(asked);
    const outcome = await this.#orForget([key], ask);
    if (outcome.kind === 'refused') await this.#parts.asked.remove(key);
    else this.#begun(asked.link, outcome);
    return outcome;
  }

  /** Every task of the account; those asked for here where the cloud keeps no list. */
  async all(call: Call): Promise<readonly KnownTask[]> {
    const { offline } = this.#parts;
    const pages = offline.list?.all(call) ?? offline.look(this.#seen.askedIds, call);
    const tasks: OfflineTask[] = [];
    for await (const page of pages) tasks.push(...page);
    this.#observe(tasks);
    if (offline.list !== undefined) await this.#tidy(new Set(tasks.map(({ id }) => id)));
    return this.#seen.known(tasks);
  }

  /** How many there are, as they were seen last. */
  get summary(): OfflineSummary {
    const count = (state: OfflineTask['state']): number =>
      this.#seen.last.filter((task) => task.state === state).length;
    return {
      account: this.name,
      running: this.#seen.running.length,
      done: count('done'),
      failed: count('failed'),
    };
  }

  /** Those that were seen last, without asking. */
  get last(): readonly KnownTask[] {
    return this.#seen.known(this.#seen.last);
  }

  async remove(
    tasks: readonly OfflineTask[],
    options: { readonly files: boolean },
    call: Call,
  ): Promise<void> {
    await this.#list().remove(tasks, options, call);
    for (const task of tasks) await this.#forget(task.id);
    if (options.files) for (const task of tasks) await this.#ends.show({ ...task, entryId: null }, call);
  }

  async clear(which: OfflineClearing, call: Call): Promise<void> {
    await this.#list().clear(which, call);
    // The list tells which are left; what is not in it was cleared.
    const left = new Set((await this.all(call)).map(({ task }) => task.id));
    for (const { id } of this.#parts.asked.all) if (id !== null && !left.has(id)) await this.#forget(id);
    for (const { id } of this.#seen.last) if (!left.has(id)) this.#seen.forget(id);
  }

  async quota(call: Call): Promise<OfflineQuota | null> {
    return await this.#parts.offline.quota(call);
  }

  async retry({ task, asked }: KnownTask, call: Call): Promise<OfflineOutcome> {
    const what = task.name ?? task.id;
    if (task.state === 'done') throw new FsError('EINVAL', `${what} is done`, { expected: true });
    if (asked?.isSelection === true) {
      const words = `${what} was asked for as some files of a torrent: remove it and add the torrent again`;
      throw new FsError('EINVAL', words, { expected: true });
    }
    if (asked !== null) await this.#parts.asked.put({ ...asked, state: 'open' });
    const outcome = await this.#parts.offline.retry(task, call);
    if (outcome.kind === 'refused') throw outcome.error;
    this.#seen.forget(task.id);
    this.#seen.expect(outcome.id ?? task.id);
    if (asked !== null && outcome.id !== null && outcome.id !== task.id) {
      await this.#parts.asked.put({ ...asked, id: outcome.id, state: 'open' });
      await this.#parts.asked.remove(task.id);
    }
    this.#begun(task.link ?? '', outcome);
    return outcome;
  }

  /** Resolves when no task runs, tells of every look. Rejects with the signal's reason. */
  async watch(tell: () => void, call: Call): Promise<void> {
    await this.all(call);
    const leave = this.#poll.watch();
    this.#watchers.add(tell);
    try {
      tell();
      while (this.#seen.running.length > 0) await this.#env.clock.sleep(500, call.signal);
      await this.#ending;
      tell();
    } finally {
      this.#watchers.delete(tell);
      leave();
    }
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closing.abort(new FsError('EINTR', 'the daemon stops', { expected: true }));
    await this.#poll.close();
    await this.#ending;
  }

  async #addSome(
    links: readonly string[],
    { drive, path, folder }: OfflineTarget,
    call: Call,
  ): Promise<readonly OfflineOutcome[]> {
    const { asked, offline } = this.#parts;
    for (const link of links) {
      await asked.put({ id: null, link, drive, folder, path, isSelection: false, state: 'open' });
    }
    await this.#env.checkpoint('offline asked');
    const outcomes = await this.#orForget(links, () => offline.add(links, folder, call));
    await this.#env.checkpoint('offline answered');
    for (const [index, outcome] of outcomes.entries()) await this.#settle(links[index] ?? '', outcome);
    return outcomes;
  }

  /** Whoever asked hears of a failure, and need not find later that it was asked for all the same. */
  async #orForget<T>(keys: readonly string[], ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      for (const key of keys) await this.#parts.asked.remove(key);
      throw error;
    }
  }

  /** The cloud has said what became of a link. */
  async #settle(link: string, outcome: OfflineOutcome): Promise<void> {
    const id = outcome.kind === 'refused' ? null : outcome.id;
    if (id === null) await this.#parts.asked.remove(link);
    else await this.#parts.asked.answered(link, id);
    this.#begun(link, outcome);
  }

  #begun(link: string, outcome: OfflineOutcome): void {
    if (outcome.kind === 'refused') return;
    if (outcome.kind === 'added')
      this.#ends.tell('added', { id: outcome.id, name: null, link, reason: null });
    this.#poll.begin();
  }

  #list(): OfflineTaskList {
    const { list } = this.#parts.offline;
    if (list !== undefined) return list;
    throw new FsError('EOPNOTSUPP', `the cloud of account ${this.name} keeps no list of downloads`, {
      reason: 'refused',
    });
  }

  /** One look of the poll. Never rejects; tells whether anything still runs. */
  async #look(): Promise<boolean> {
    const { account, offline } = this.#parts;
    if (this.#closing.signal.aborted) return false;
    // What somebody waits for goes first, also in what is left of the day.
    if (!hasSpareCalls(account.health())) return true;
    const call: Call = { signal: this.#closing.signal, urgency: 'background' };
    try {
      await this.#askAgain(call);
      const ids = this.#seen.running;
      const found: OfflineTask[] = [];
      for await (const page of offline.look(ids, call)) found.push(...page);
      this.#observe(found);
      for (const id of this.#seen.missing(ids, found)) await this.#ends.vanished(id, call);
    } catch (error) {
      if (call.signal.aborted) return false;
      this.#env.log.debug('offline downloads were not looked at', { account: this.name, error });
      return true;
    }
    return this.#seen.running.length > 0;
  }

  /** Asking again for what was not answered finds the task, or makes it. */
  async #askAgain(call: Call): Promise<void> {
    for (const { link, folder } of this.#unanswered) {
      const [outcome] = await this.#parts.offline.add([link], folder, call);
      if (outcome?.kind === 'refused') {
        const fields = { account: this.name, link, error: outcome.error };
        this.#env.log.warn('an offline download that was asked for before the restart is refused', fields);
      }
      if (outcome !== undefined) await this.#settle(link, outcome);
      this.#unanswered = this.#unanswered.filter((row) => row.link !== link);
    }
  }

  #observe(tasks: readonly OfflineTask[]): void {
    const changes = this.#seen.observe(tasks);
    const call: Call = { signal: this.#closing.signal, urgency: 'background' };
    for (const change of changes) this.#ending = this.#ending.then(() => this.#ends.ended(change, call));
    if (this.#seen.running.length > 0) this.#poll.goOn();
    for (const tell of this.#watchers) tell();
  }

  /** What has ended and was taken out of the cloud's list elsewhere need not be remembered. */
  async #tidy(listed: ReadonlySet<string>): Promise<void> {
    for (const { id, state } of this.#parts.asked.all)
      if (id !== null && state !== 'open' && !listed.has(id)) await this.#forget(id);
  }

  async #forget(id: string): Promise<void> {
    this.#seen.forget(id);
    await this.#parts.asked.remove(id);
  }
}
