import type { Call } from '../../lib/call.js';
import type { Clock } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type {
  DriveTransfers,
  TransfersInput,
  TransfersOutput,
  TransfersProgress,
  TransfersWaitInput,
  TransfersWaitOutput,
  TransferState,
  TransferVerb,
} from '../../lib/protocol.js';
import type { Transfers } from '../../upload/transfers.js';
import type { Writes } from '../../upload/writes.js';
import type { Drives, OpenDrive } from '../drives.js';
import type { Mounts } from '../mounts.js';
import { driveTransfers, transfersProgress, transfersSummary } from './status.js';
import type { Uploads } from '../uploads.js';

interface Parts {
  readonly drives: Drives;
  readonly mounts: Mounts;
  readonly uploads: Uploads;
}

/** A drive that is written to. */
interface Written extends OpenDrive {
  readonly writes: Writes;
}

/** One file or draft that somebody means. */
interface Chosen {
  readonly drive: Written;
  readonly id: string;
  readonly path: string;
  readonly state: TransferState | 'draft';
  /** It failed, or waits for its next try. */
  readonly troubled: boolean;
}

/** How often whoever waits hears how far it is. */
const REPORT = 500;
/** Characters of an id that are enough to look for it. */
const SHORTEST = 4;

const ACTIONS: Readonly<Record<TransferVerb, (transfers: Transfers, id: string) => Promise<void> | void>> = {
  pause: (transfers, id) => transfers.pause(id),
  resume: (transfers, id) => transfers.resume(id),
  cancel: (transfers, id) => transfers.cancel(id),
  retry: (transfers, id) => transfers.retry(id),
  keep: (transfers, id) => transfers.keep(id),
  drop: (transfers, id) => transfers.drop(id),
};

/** What people see of the transfers of all drives, and do about them. */
export class TransferActions {
  readonly #clock: Clock;
  readonly #parts: Parts;

  constructor(clock: Clock, parts: Parts) {
    this.#clock = clock;
    this.#parts = parts;
  }

  /** Of one drive, or of all that are open. Throws FsError ENOENT when there is no such drive. */
  list(drive: string | undefined): readonly DriveTransfers[] {
    return this.#written(drive).map(({ account, writes }) =>
      driveTransfers(account.name, writes.transfers.status()),
    );
  }

  /** Rejects with FsError: ENOENT when nothing is meant, EINVAL when it is not clear what, or as the action does. */
  async act(verb: TransferVerb, { transfers, drive }: TransfersInput, call: Call): Promise<TransfersOutput> {
    const drives = this.#written(drive);
    if (transfers.length === 0) return await this.#actOnAll(verb, drives);
    const chosen = new Map<string, Chosen>();
    for (const name of transfers) {
      const found = await this.#choose(name, drives, call);
      for (const one of fitting(verb, name, found)) chosen.set(one.id, one);
    }
    return await this.#each(verb, [...chosen.values()]);
  }

  /**
   * Resolves when nothing is on its way any more. Rejects with FsError ETIMEDOUT when that takes too long, or with the
   * signal's reason on abort.
   */
  async wait(
    { drive, timeout }: TransfersWaitInput,
    signal: AbortSignal,
    progress: (event: TransfersProgress) => void,
  ): Promise<TransfersWaitOutput> {
    const drives = this.#written(drive);
    const statuses = (): Parameters<typeof transfersProgress>[0] =>
      drives.map(({ writes }) => writes.transfers.status());
    const ending = new AbortController();
    const both = AbortSignal.any([signal, ending.signal]);
    const late = new FsError('ETIMEDOUT', 'not everything is in the cloud yet', { expected: true });
    const timer = timeout === undefined ? null : this.#clock.after(timeout, () => ending.abort(late));
    const reporting = this.#report(() => progress(transfersProgress(statuses())), both);
    try {
      await Promise.all(drives.map(({ writes }) => writes.idle(both)));
    } finally {
      timer?.cancel();
      ending.abort(late);
      await reporting;
    }
    const left = statuses().map(transfersSummary);
    return {
      failed: left.reduce((sum, { files, failed }) => sum + files + failed, 0),
      drafts: left.reduce((sum, { drafts }) => sum + drafts, 0),
    };
  }

  async #report(tell: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      tell();
      // An abort is how this ends.
      await this.#clock.sleep(REPORT, signal).catch(() => undefined);
    }
  }

  #written(name: string | undefined): readonly Written[] {
    const { drives } = this.#parts;
    if (name !== undefined && !drives.status().some((drive) => drive.name === name)) {
      throw new FsError('ENOENT', `there is no drive ${name} in the configuration`, { expected: true });
    }
    return drives.opened().filter((drive): drive is Written => {
      return drive.writes !== null && (name === undefined || drive.name === name);
    });
  }

  async #actOnAll(verb: TransferVerb, drives: readonly Written[]): Promise<TransfersOutput> {
    if (verb === 'retry')
      return await this.#each(
        verb,
        drives.flatMap(chosenIn).filter(({ troubled }) => troubled),
      );
    if (verb !== 'pause' && verb !== 'resume') {
      throw new FsError(
        'EINVAL',
        `say which transfers to ${verb}: ids or paths, as panfuse transfers shows them`,
      );
    }
    const accounts = [...new Set(drives.map(({ account }) => account.name))];
    for (const account of accounts) this.#parts.uploads.slots(account)[verb]();
    return { transfers: [], accounts };
  }

  async #each(verb: TransferVerb, chosen: readonly Chosen[]): Promise<TransfersOutput> {
    const done: Chosen[] = [];
    for (const one of chosen) if (await acted(verb, one, chosen.length === 1)) done.push(one);
    const transfers = done.map(({ drive, id, path }) => ({ id, drive: drive.name, path }));
    return { transfers, accounts: [] };
  }

  async #choose(name: string, drives: readonly Written[], call: Call): Promise<readonly Chosen[]> {
    const found = await this.#find(name, drives, call);
    const within = found.filter(({ drive }) => drives.some((one) => one.name === drive.name));
    if (within.length > 0) return within;
    throw new FsError('ENOENT', `${name}: no transfer; panfuse transfers lists them`, { expected: true });
  }

  async #find(name: string, drives: readonly Written[], call: Call): Promise<readonly Chosen[]> {
    const [, drive, path] = /^([^:/]+):(\/.*)$/s.exec(name) ?? [];
    if (drive !== undefined && path !== undefined) return this.#atPath(drive, path);
    if (!name.startsWith('/')) return byId(name, drives);
    const located = await this.#parts.mounts.locate(name, call);
    return this.#atPath(located.drive.name, located.path);
  }

  /** The file at a path of a drive, or all below it. */
  #atPath(drive: string, path: string): readonly Chosen[] {
    const plain = path.replace(/\/+$/, '');
    return this.#written(drive)
      .flatMap(chosenIn)
      .filter((one) => one.path === plain || one.path.startsWith(`${plain}/`));
  }
}

function chosenIn(drive: Written): readonly Chosen[] {
  const { files, drafts } = driveTransfers(drive.account.name, drive.writes.transfers.status());
  return [
    ...files.map(({ id, path, state, nextTry }) => {
      return { drive, id, path, state, troubled: state === 'failed' || nextTry !== null };
    }),
    ...drafts.map(({ id, path }) => ({ drive, id, path, state: 'draft' as const, troubled: false })),
  ];
}

/** False when it was one of several and has come to its end meanwhile. */
async function acted(verb: TransferVerb, { drive, id }: Chosen, alone: boolean): Promise<boolean> {
  try {
    await ACTIONS[verb](drive.writes.transfers, id);
    return true;
  } catch (error) {
    if (alone || !(error instanceof FsError) || error.errno !== 'ENOENT') throw error;
    return false;
  }
}

/** Those that something can be done about in this way. Throws FsError EINVAL when there is none. */
function fitting(verb: TransferVerb, name: string, found: readonly Chosen[]): readonly Chosen[] {
  if (verb === 'drop') return found;
  const fit = found.filter(({ state }) => (state === 'draft') === (verb === 'keep'));
  if (fit.length > 0) return fit;
  const words = verb === 'keep' ? 'is no draft: it was closed' : 'is a draft: keep it or drop it';
  throw new FsError('EINVAL', `${name} ${words}`, { expected: true });
}

function byId(name: string, drives: readonly Written[]): readonly Chosen[] {
  const digits = name.replace(/^local-/, '');
  const found = drives.flatMap(chosenIn).filter(({ id }) => id.replace(/^local-/, '').startsWith(digits));
  if (digits.length < SHORTEST || found.length > 1) {
    throw new FsError('EINVAL', `${name} is not clear: write more of the id, or a path`, { expected: true });
  }
  return found;
}
