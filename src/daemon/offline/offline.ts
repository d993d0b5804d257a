import type { Account } from '../../driver/account.js';
import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError, toFsError } from '../../lib/errors.js';
import { checkLink } from '../../lib/offline-link.js';
import type {
  OfflineAdded,
  OfflineAddInput,
  OfflineAddOutput,
  OfflineClearState,
  OfflineQuotaRow,
  OfflineSummary,
  OfflineTaskDetails,
  OfflineTaskRow,
  OfflineTasksInput,
  OfflineTasksOutput,
} from '../../lib/offline-protocol.js';
import type { StateStore } from '../../store/state-store.js';
import { AccountOffline } from './account.js';
import { CapableAccounts } from './accounts.js';
import type { OfflineEvent } from './events.js';
import { type DrivePath, type FolderDrives, OfflineFolders } from './folders.js';
import { type PlaceParts, Places } from './places.js';
import { type AskedTask, AskedTasks } from './rows.js';
import type { KnownTask } from './seen.js';
import { addedRow, quotaRow, taskRow } from './status.js';
import { OfflineTorrentFiles } from './torrents.js';

/** A drive of the configuration, open or not. */
export interface OfflineDrive {
  readonly name: string;
  readonly account: Account;
  readonly root: string;
}

export interface OfflineParts {
  readonly configured: readonly OfflineDrive[];
  readonly drives: FolderDrives & PlaceParts['drives'];
  readonly mounts: PlaceParts['mounts'];
  readonly rows: StateStore<AskedTask>;
}

/** A task that somebody means. */
interface Chosen {
  readonly account: AccountOffline;
  readonly known: KnownTask;
}

/** Folders by id: many tasks share one, which is looked for once. */
type FoundPlaces = Map<string, DrivePath | null>;

/** Characters of an id that are enough to look for it. */
const SHORTEST = 4;

/** The downloads that the clouds do by themselves, over all accounts. Methods reject with FsError, or the signal's reason. */
export class Offline {
  /** Those of torrent files. */
  readonly torrents: OfflineTorrentFiles;
  readonly #env: Env;
  readonly #accounts: CapableAccounts;
  readonly #folders: OfflineFolders;
  readonly #places: Places;
  readonly #listeners = new Set<(event: OfflineEvent) => void>();

  private constructor(env: Env, parts: OfflineParts) {
    this.#env = env;
    this.#folders = new OfflineFolders(env.clock, parts.drives);
    this.#places = new Places(env.clock, parts);
    this.#accounts = new CapableAccounts(parts.configured);
    this.torrents = new OfflineTorrentFiles(env.log, {
      places: this.#places,
      accounts: this.#accounts,
      quota: (account, call) => this.#quotaOf(account, call),
    });
  }

  /** Takes up what earlier runs have asked for; looks at it soon, and at nothing while nothing runs. Asks no cloud yet. */
  static async open(
    env: Env,
    parts: OfflineParts,
    options: { readonly autoClear: boolean },
  ): Promise<Offline> {
    const offline = new Offline(env, parts);
    for (const { account, verb } of offline.#accounts.capable) {
      const asked = await AskedTasks.open(parts.rows, account.name);
      const own = {
        ...{ account, offline: verb, asked },
        refresh: offline.#folders.refresh.bind(offline.#folders),
        tell: (event: OfflineEvent) => offline.#tell(event),
      };
      offline.#accounts.add(new AccountOffline(env, own, options));
    }
    return offline;
  }

  /** Tells what happens to downloads. Answers how to stop. */
  onEvent(listener: (event: OfflineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many downloads each account has, without asking. */
  summary(): readonly OfflineSummary[] {
    return this.#accounts.all.map((account) => account.summary);
  }

  async list(drive: string | undefined, call: Call): Promise<readonly OfflineTaskRow[]> {
    const rows = this.#accounts.of(drive).map(async (account) => {
      return await this.#rows(account, await account.all(call), call);
    });
    return (await Promise.all(rows)).flat();
  }

  async show(task: string, drive: string | undefined, call: Call): Promise<OfflineTaskDetails> {
    const { account, known } = meant(task, await this.#everything(drive, call));
    const row = await this.#row(account, known, new Map(), call);
    const { entryId } = known.task;
    const result = entryId === null ? null : await this.#folders.find(account.name, entryId, call);
    return { ...row, result: result?.path ?? null };
  }

  async quota(drive: string | undefined, call: Call): Promise<readonly OfflineQuotaRow[]> {
    return await Promise.all(
      this.#accounts.of(drive).map(async (account) => quotaRow(account.name, await account.quota(call))),
    );
  }

  /** Links that are not well formed, or of a kind that the cloud does not take, are refused without asking it. */
  async add({ to, links }: OfflineAddInput, call: Call): Promise<OfflineAddOutput> {
    const place = await this.#places.directory(to, call);
    const { account, verb } = this.#accounts.require(place.drive.name);
    const checked = [...new Set(links.map((link) => link.trim()))].map(
      (link): OfflineAdded | string => refusedAlready(link, verb.schemes, place.drive.name) ?? link,
    );
    const good = checked.filter((one) => typeof one === 'string');
    const target = { drive: place.drive.name, path: place.path, folder: place.entry };
    const outcomes = await account.add(good, target, call);
    const added = new Map(
      outcomes.map((outcome, index) => [good[index], addedRow(good[index] ?? '', outcome)]),
    );
    const rows = checked.flatMap((one) => (typeof one === 'string' ? (added.get(one) ?? []) : one));
    return { links: rows, quota: good.length === 0 ? null : await this.#quotaOf(account, call) };
  }

  async remove(
    { tasks, drive, files }: OfflineTasksInput & { readonly files: boolean },
    call: Call,
  ): Promise<OfflineTasksOutput> {
    if (tasks.length === 0)
      throw new FsError('EINVAL', 'say which tasks to remove: panfuse offline list shows them');
    const chosen = await this.#choose(tasks, drive, call);
    for (const { account, known } of chosen) await account.remove([known.task], { files }, call);
    return { tasks: chosen.map(named) };
  }

  /** Without tasks: all that failed. */
  async retry({ tasks, drive }: OfflineTasksInput, call: Call): Promise<OfflineTasksOutput> {
    const chosen =
      tasks.length > 0
        ? await this.#choose(tasks, drive, call)
        : (await this.#everything(drive, call)).filter(({ known }) => known.task.state === 'failed');
    for (const { account, known } of chosen) await account.retry(known, call);
    return { tasks: chosen.map(named) };
  }

  async clear(
    state: OfflineClearState,
    drive: string | undefined,
    call: Call,
  ): Promise<{ readonly accounts: readonly string[] }> {
    const accounts = this.#accounts.of(drive);
    for (const account of accounts) await account.clear(state, call);
    return { accounts: accounts.map(({ name }) => name) };
  }

  /** Tells all tasks whenever they were looked at; resolves with them when none runs any more. */
  async watch(
    drive: string | undefined,
    tell: (rows: readonly OfflineTaskRow[]) => void,
    call: Call,
  ): Promise<readonly OfflineTaskRow[]> {
    const accounts = this.#accounts.of(drive);
    const last = async (): Promise<readonly OfflineTaskRow[]> =>
      (await Promise.all(accounts.map((account) => this.#rows(account, account.last, call)))).flat();
    const told = (): void => {
      last().then(tell, (error: unknown) => this.#env.log.debug('a watcher was told nothing', { error }));
    };
    await Promise.all(accounts.map((account) => account.watch(told, call)));
    return await last();
  }

  async close(): Promise<void> {
    await Promise.all(this.#accounts.all.map((account) => account.close()));
  }

  async #rows(
    account: AccountOffline,
    tasks: readonly KnownTask[],
    call: Call,
  ): Promise<readonly OfflineTaskRow[]> {
    const places: FoundPlaces = new Map();
    const rows: OfflineTaskRow[] = [];
    for (const known of tasks) rows.push(await this.#row(account, known, places, call));
    return rows;
  }

  async #row(
    account: AccountOffline,
    known: KnownTask,
    places: FoundPlaces,
    call: Call,
  ): Promise<OfflineTaskRow> {
    const id = known.task.folderId ?? known.asked?.folder.id;
    if (id === undefined) return taskRow(account.name, known, null);
    const place = places.get(id) ?? (await this.#folders.find(account.name, id, call));
    places.set(id, place);
    return taskRow(account.name, known, place ?? known.asked);
  }

  async #everything(drive: string | undefined, call: Call): Promise<readonly Chosen[]> {
    const found = this.#accounts.of(drive).map(async (account) => {
      return (await account.all(call)).map((known) => ({ account, known }));
    });
    return (await Promise.all(found)).flat();
  }

  async #choose(tasks: readonly string[], drive: string | undefined, call: Call): Promise<readonly Chosen[]> {
    const all = await this.#everything(drive, call);
    return [...new Set(tasks.map((name) => meant(name, all)))];
  }

  /** Of no use to anybody who waits for something else. */
  async #quotaOf(account: AccountOffline, call: Call): Promise<OfflineQuotaRow | null> {
    try {
      return quotaRow(account.name, await account.quota(call));
    } catch (thrown) {
      call.signal.throwIfAborted();
      const error = toFsError(thrown);
      this.#env.log.debug('the quota of offline downloads is not known', { account: account.name, error });
      return null;
    }
  }

  #tell(event: OfflineEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#env.log.error('a listener of offline downloads failed', { error });
      }
    }
  }
}

function refusedAlready(link: string, schemes: readonly string[], drive: string): OfflineAdded | null {
  const checked = checkLink(link);
  if (checked.ok && schemes.includes(checked.scheme)) return null;
  const problem = checked.ok
    ? `the cloud of ${drive} takes no ${checked.scheme} links, only ${schemes.join(', ')}`
    : checked.problem;
  return { link, outcome: 'refused', id: null, errno: 'EINVAL', message: problem };
}

/** Throws FsError ENOENT or EINVAL unless it is one. */
function meant(name: string, all: readonly Chosen[]): Chosen {
  const found = all.filter(
    ({ known: { task } }) =>
      task.link === name || (name.length >= SHORTEST && task.id.startsWith(name.toLowerCase())),
  );
  const [first, second] = found;
  if (first === undefined) {
    throw new FsError('ENOENT', `${name}: no such task; panfuse offline list shows them`, { expected: true });
  }
  if (second === undefined) return first;
  throw new FsError('EINVAL', `${name} is not clear: write more of the id, or --drive`, { expected: true });
}

function named({ account, known }: Chosen): OfflineTasksOutput['tasks'][number] {
  return { id: known.task.id, account: account.name, name: known.task.name };
}
