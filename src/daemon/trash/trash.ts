import type { Account } from '../../driver/account.js';
import type { Trash, TrashedEntry } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import type { Clock } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type { TrashInput, TrashOutput, TrashPurgeInput, TrashRow } from '../../lib/trash-protocol.js';
import { pathOf } from '../../metadata/node.js';
import { type FolderDrive, type FolderDrives, nodeOfId } from '../offline/folders.js';

/** A drive of the configuration, open or not. */
interface ConfiguredDrive {
  readonly name: string;
  readonly account: Pick<Account, 'name' | 'kind' | 'drive'>;
  readonly root: string;
}

export interface RecycleBinsParts {
  readonly configured: readonly ConfiguredDrive[];
  readonly drives: Pick<FolderDrives, 'opened'>;
  readonly mounts: {
    locate(
      path: string,
      call: Call,
    ): Promise<{ readonly drive: { readonly name: string }; readonly path: string }>;
  };
}

/** The bin of one account. */
interface Bin {
  readonly account: string;
  readonly verb: Trash;
}

/** Something in a bin, as people see it and as its driver does. */
interface Found {
  readonly bin: Bin;
  readonly entry: TrashedEntry;
  readonly row: TrashRow;
}

/** The recycle bins of all accounts. Methods reject with FsError, or with the signal's reason on abort. */
export class RecycleBins {
  readonly #clock: Clock;
  readonly #parts: RecycleBinsParts;
  readonly #bins = new Map<string, Bin>();

  constructor(clock: Clock, parts: RecycleBinsParts) {
    this.#clock = clock;
    this.#parts = parts;
    for (const { account, root } of parts.configured) {
      const verb = this.#bins.has(account.name) ? undefined : account.drive(root).trash;
      if (verb !== undefined) this.#bins.set(account.name, { account: account.name, verb });
    }
  }

  /** What was removed last comes first. */
  async list(drive: string | undefined, call: Call): Promise<readonly TrashRow[]> {
    const rows = (await this.#everything(drive, call)).map(({ row }) => row);
    return rows.sort((one, other) => other.removedAt - one.removedAt);
  }

  /** Puts entries back where they were; resolves when open drives show them. */
  async restore({ entries, drive }: TrashInput, call: Call): Promise<TrashOutput> {
    const chosen = await this.#choose(entries, drive, call);
    for (const [bin, found] of byBin(chosen)) {
      await bin.verb.restore(
        found.map(({ entry }) => entry),
        call,
      );
      await this.#show(bin, found, call);
    }
    return { entries: chosen.map(({ row }) => row), accounts: [] };
  }

  /** Destroys entries, or all there is, for good. */
  async purge({ entries, drive, all }: TrashPurgeInput, call: Call): Promise<TrashOutput> {
    if (all !== (entries.length === 0)) {
      throw new FsError('EINVAL', 'say which entries to destroy, or that all are meant, not both');
    }
    if (all) {
      const bins = this.#of(drive);
      for (const { verb } of bins) await verb.purge(null, call);
      return { entries: [], accounts: bins.map(({ account }) => account) };
    }
    const chosen = await this.#choose(entries, drive, call);
    for (const [bin, found] of byBin(chosen)) {
      await bin.verb.purge(
        found.map(({ entry }) => entry),
        call,
      );
    }
    return { entries: chosen.map(({ row }) => row), accounts: [] };
  }

  /** The bin of a drive's account, or all. Throws FsError: ENOENT for an unknown drive, EOPNOTSUPP when there is none. */
  #of(drive: string | undefined): readonly Bin[] {
    const configured = this.#parts.configured.find(({ name }) => name === drive);
    if (drive !== undefined && configured === undefined) {
      throw new FsError('ENOENT', `there is no drive ${drive} in the configuration`, { expected: true });
    }
    const bins = [...this.#bins.values()].filter(
      ({ account }) => configured === undefined || configured.account.name === account,
    );
    if (bins.length > 0) return bins;
    const whose =
      configured === undefined
        ? 'no cloud of the configuration'
        : `the cloud of ${drive} (${configured.account.kind})`;
    const lacks =
      configured === undefined ? 'lets its recycle bin be used' : 'does not let its recycle bin be used';
    throw new FsError('EOPNOTSUPP', `${whose} ${lacks}`, { reason: 'refused', expected: true });
  }

  async #everything(drive: string | undefined, call: Call): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (const bin of this.#of(drive)) {
      const places = new Map<string, Pick<TrashRow, 'drive' | 'path'>>();
      for await (const page of bin.verb.list(call)) {
        for (const entry of page) {
          const { id, name, kind, size, removedAt, parentId } = entry;
          const place = await this.#placeOf(bin, parentId, places, call);
          const row = { id, account: bin.account, name, kind, size, removedAt, ...place };
          found.push({ bin, entry, row });
        }
      }
    }
    return found;
  }

  /** Many entries share a folder, which is looked for once. */
  async #placeOf(
    bin: Bin,
    parentId: string | null,
    places: Map<string, Pick<TrashRow, 'drive' | 'path'>>,
    call: Call,
  ): Promise<Pick<TrashRow, 'drive' | 'path'>> {
    if (parentId === null) return NOWHERE;
    const place = places.get(parentId) ?? (await this.#find(bin, parentId, call));
    places.set(parentId, place);
    return place;
  }

  async #find({ account }: Bin, id: string, call: Call): Promise<Pick<TrashRow, 'drive' | 'path'>> {
    for (const drive of this.#opened(account)) {
      const node = await nodeOfId(drive, id, call);
      if (node !== null) return { drive: drive.name, path: pathOf(node) };
    }
    return NOWHERE;
  }

  async #choose(names: readonly string[], drive: string | undefined, call: Call): Promise<readonly Found[]> {
    if (names.length === 0) {
      throw new FsError('EINVAL', 'say which entries: panfuse trash list shows them', { expected: true });
    }
    const all = await this.#everything(drive, call);
    const chosen = new Set<Found>();
    for (const name of names) {
      const place = name.startsWith('/') ? await this.#parts.mounts.locate(name, call) : null;
      chosen.add(meant(name, place === null ? name : `${place.drive.name}:${place.path}`, all));
    }
    return [...chosen];
  }

  async #show({ account }: Bin, found: readonly Found[], call: Call): Promise<void> {
    const names = new Map<string, string[]>();
    for (const { entry } of found) {
      if (entry.parentId !== null)
        names.set(entry.parentId, [...(names.get(entry.parentId) ?? []), entry.name]);
    }
    for (const drive of this.#opened(account))
      for (const [folder, expected] of names) await this.#list(drive, folder, expected, call);
  }

  /** What came back may be missing from listings for a while: then once more. */
  async #list(drive: FolderDrive, folder: string, names: readonly string[], call: Call): Promise<void> {
    const node = await nodeOfId(drive, folder, call);
    if (node?.kind !== 'directory') return;
    await drive.tree.refresh(pathOf(node), { recursive: false }, call);
    const shown = new Set((await drive.tree.list(node, call)).map(({ entry }) => entry.name));
    if (names.every((name) => shown.has(name))) return;
    await this.#clock.sleep(drive.source.driver.facts.listingLag, call.signal);
    await drive.tree.refresh(pathOf(node), { recursive: false }, call);
  }

  #opened(account: string): readonly FolderDrive[] {
    return this.#parts.drives.opened().filter((drive) => drive.account.name === account);
  }
}

const NOWHERE = { drive: null, path: null };

function byBin(chosen: readonly Found[]): ReadonlyMap<Bin, readonly Found[]> {
  const bins = new Map<Bin, Found[]>();
  for (const found of chosen) bins.set(found.bin, [...(bins.get(found.bin) ?? []), found]);
  return bins;
}

/** By its id, else by the path that it had, else by its name. Throws FsError ENOENT, or EINVAL when several are meant. */
function meant(name: string, place: string, all: readonly Found[]): Found {
  const byId = all.filter(({ row }) => row.id === name);
  const byPlace = all.filter(({ row }) => formerPath(row) === place);
  const byName = all.filter(({ row }) => row.name === name);
  const [first, ...others] = [byId, byPlace, byName].find((found) => found.length > 0) ?? [];
  if (first === undefined) {
    const words = `${name} is not in the recycle bin: panfuse trash list shows what is`;
    throw new FsError('ENOENT', words, { expected: true, reason: 'gone' });
  }
  if (others.length === 0) return first;
  const ids = [first, ...others].map(({ row }) => row.id).join(', ');
  throw new FsError('EINVAL', `${name} is there more than once: write one of the ids ${ids}`, {
    expected: true,
  });
}

function formerPath({ drive, path, name }: TrashRow): string | null {
  return drive === null || path === null ? null : `${drive}:${path.replace(/\/$/, '')}/${name}`;
}
