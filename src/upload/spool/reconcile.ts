import type { Env } from '../../lib/env.js';
import { formatSize } from '../../lib/quantity.js';
import type { ByteRange } from '../../lib/range.js';
import type { Journal } from '../journal/journal.js';
import { type FileRow, firstRow, isUnchanged } from '../journal/rows.js';
import { LocalRanges } from './local-ranges.js';
import { RangeSet } from './range-set.js';
import type { Found, SpoolFolder, SpoolStat } from './spool-folder.js';

export interface ReconcileParts {
  readonly journal: Journal;
  readonly folder: SpoolFolder;
  readonly drive: string;
}

/** A row, and what lies on the disk for it; null when nothing does. */
export interface Reconciled {
  readonly row: FileRow;
  readonly stat: SpoolStat | null;
}

const GONE = { size: 0, allocated: 0, modifiedAt: 0 };

/** Brings rows and spool files together after a start: no bytes are thrown away that the cloud may lack. */
export class Reconciliation {
  readonly #env: Env;
  readonly #parts: ReconcileParts;
  /** Ids whose row could not be read. */
  #damaged: ReadonlySet<string> = new Set();

  constructor(env: Env, parts: ReconcileParts) {
    this.#env = env;
    this.#parts = parts;
  }

  /** Every row of the drive as it is then. Rejects with FsError. */
  async run(): Promise<readonly Reconciled[]> {
    const { journal, folder, drive } = this.#parts;
    const found = new Map((await folder.open()).map((one) => [one.id, one]));
    this.#damaged = await this.#findDamaged(found);
    const rows = await journal.files(drive);
    const reconciled: (Reconciled | null)[] = [];
    for (const row of rows) {
      reconciled.push(await this.#withRow(row, found.get(row.id)));
      found.delete(row.id);
    }
    for (const one of found.values()) reconciled.push(await this.#withoutRow(one));
    return reconciled.filter((one) => one !== null);
  }

  async #findDamaged(found: ReadonlyMap<string, Found>): Promise<ReadonlySet<string>> {
    const { journal, drive } = this.#parts;
    const damaged = await journal.damagedFiles();
    for (const { id, drive: owner } of damaged) {
      if (owner !== drive || found.has(id)) continue;
      this.#env.log.error('the journal names a file whose record and bytes are lost', { drive, id });
      await journal.removeFile(id);
    }
    return new Set(damaged.map(({ id }) => id));
  }

  async #withRow(row: FileRow, found: Found | undefined): Promise<Reconciled> {
    const { folder } = this.#parts;
    if (found?.kinds.has('dropped') === true) await folder.keepDropped(row.id);
    const stat = await folder.stat(row.id);
    if (row.state === 'writing' && stat !== null) return await this.#draft(row, stat);
    const damage = row.state === 'failed' ? null : damageOf(row, stat);
    return { row: damage === null ? row : await this.#fail(row, damage), stat };
  }

  /** A program was writing it when the process ended. */
  async #draft(row: FileRow, stat: SpoolStat): Promise<Reconciled> {
    const missing = await this.#stillMissing(row.id, row.missing, stat.size);
    const changes = { missing: missing.list(), size: stat.size, modifiedAt: Math.floor(stat.modifiedAt) };
    const draft = (await this.#parts.journal.patchFile(row.id, changes)) ?? { ...row, ...changes };
    const { drive, path } = row;
    if (!isUnchanged(draft))
      this.#env.log.warn('a file was not closed before the end: kept as a draft', { drive, path });
    return { row: draft, stat };
  }

  async #withoutRow(found: Found): Promise<Reconciled | null> {
    const { journal, folder } = this.#parts;
    const sure = journal.beginning === 'found' && !this.#damaged.has(found.id);
    if (!found.kinds.has('bytes')) {
      if (sure || !found.kinds.has('dropped')) {
        await folder.remove(found.id);
        return null;
      }
      await folder.keepDropped(found.id);
    }
    const stat = (await folder.stat(found.id)) ?? GONE;
    const row = await this.#rebuild(found, stat, sure);
    if (sure && row.base !== null && row.missing.length === 1 && sameBytes(row, stat)) {
      await folder.remove(found.id);
      return null;
    }
    await journal.putFile(row);
    return { row, stat };
  }

  /** `sure`: the journal is whole, and does not know the file: it was never closed. */
  async #rebuild(found: Found, stat: SpoolStat, sure: boolean): Promise<FileRow> {
    const { folder, drive } = this.#parts;
    const origin = (await folder.origin(found.id)) ?? unknownOrigin(found, drive);
    const row = firstRow(origin, drive, Math.floor(stat.modifiedAt));
    const missing = (await this.#stillMissing(found.id, row.missing, stat.size)).list();
    const rebuilt: FileRow = { ...row, size: stat.size, missing };
    const { path } = row;
    if (sure) {
      this.#env.log.warn('a file was not closed before the end: kept as a draft', { drive, path });
      return rebuilt;
    }
    const reason =
      'its record in the journal was lost; where it belongs is known from when it was begun: look at it, then retry or drop it';
    this.#env.log.error('a file waits in the spool whose record is lost', { drive, path });
    return { ...rebuilt, state: 'failed', reason };
  }

  async #fail(row: FileRow, damage: string): Promise<FileRow> {
    const { drive, path } = row;
    const patch = { state: 'failed', reason: damage, nextTry: null } as const;
    this.#env.log.error(`a file is not uploaded: ${damage}`, { drive, path });
    return (await this.#parts.journal.patchFile(row.id, patch)) ?? { ...row, ...patch };
  }

  async #stillMissing(id: string, recorded: readonly ByteRange[], size: number): Promise<RangeSet> {
    const missing = new RangeSet(recorded);
    missing.subtract({ start: size, end: Infinity });
    if (missing.bytes === 0) return missing;
    const ranges = new LocalRanges(this.#parts.folder.pathOf(id, 'ranges'));
    for (const range of await ranges.read()) missing.subtract(range);
    return missing;
  }
}

/** What is wrong with the spool file of a closed file, in words; null when it is what was closed. */
export function damageOf({ seal, missing }: FileRow, stat: SpoolStat | null): string | null {
  if (stat === null) return 'its spool file is missing';
  if (seal === null) return 'it was not closed';
  if (stat.size !== seal.size) {
    return `its spool file was cut or grew: ${formatSize(stat.size)} in place of ${formatSize(seal.size)}`;
  }
  // While the rest of it is being fetched, the file has not got its time back yet.
  if (missing.length > 0 || stat.modifiedAt === seal.modifiedAt) return null;
  return 'its spool file was changed by something else';
}

function sameBytes({ base, missing }: FileRow, stat: SpoolStat): boolean {
  const [first] = missing;
  return base?.size === stat.size && first?.start === 0 && first.end === stat.size;
}

function unknownOrigin({ id, readable }: Found, drive: string) {
  return { id, drive, parentId: '', name: readable, path: readable, replaces: [], base: null };
}
