import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type { BaseContent } from '../drive-writes.js';
import type { Journal } from '../journal/journal.js';
import { type FileRow, firstRow, type NewFile } from '../journal/rows.js';
import { Base } from './base-fetch.js';
import { LocalRanges } from './local-ranges.js';
import { damageOf, Reconciliation, type Reconciled } from './reconcile.js';
import { SealedContent } from './sealed-content.js';
import { SpoolContent, type SpoolContentStart } from './spool-content.js';
import { SpoolDescriptor } from './spool-descriptor.js';
import { SpoolFile, type SpoolFilePhase } from './spool-file.js';
import { SpoolFolder } from './spool-folder.js';
import type { SpoolHooks } from './spool-hooks.js';
import { isSpoolId } from './spool-names.js';
import type { SpoolSpace } from './spool-space.js';

export interface SpoolParts {
  readonly journal: Journal;
  /** Shared by all drives whose files lie on the same disk. */
  readonly space: SpoolSpace;
}

export interface SpoolOptions {
  readonly drive: string;
  /** Of all drives; each has a folder in it, named as the drive is. */
  readonly directory: string;
  /** Bytes of the largest file; null when not known. */
  readonly largest: number | null;
}

/** Until somebody listens. */
const UNHEARD: SpoolHooks = {
  onDirty: () => undefined,
  onClosed: () => Promise.resolve(),
  onReleased: () => undefined,
  openBase: ({ name }) => {
    throw new FsError('EIO', `${name}: its bytes cannot be fetched now`);
  },
};

/** The local bytes of one drive's files that the cloud does not have yet. Every method rejects with FsError. */
export class Spool {
  readonly #env: Env;
  readonly #parts: SpoolParts;
  readonly #options: SpoolOptions;
  readonly #folder: SpoolFolder;
  readonly #files = new Map<string, SpoolFile>();
  /** Removed, and perhaps still read. */
  #removed: readonly SpoolFile[] = [];
  #hooks = UNHEARD;
  #forgetShortages: () => void = () => undefined;

  private constructor(env: Env, parts: SpoolParts, options: SpoolOptions) {
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
    this.#folder = new SpoolFolder(join(options.directory, encodeURIComponent(options.drive)));
  }

  /**
   * Makes the folder when it is not there, and brings rows and spool files together: what was not closed is a draft
   * (`writing`), what is damaged or unknown is `failed` and says why. Rejects with FsError as disk and journal say.
   */
  static async open(env: Env, parts: SpoolParts, options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(env, parts, options);
    const folder = spool.#folder;
    const { journal } = parts;
    spool.#forgetShortages = parts.space.onShortage(() => spool.#letRemovedGo());
    for (const one of await new Reconciliation(env, { journal, folder, drive: options.drive }).run()) {
      spool.#adopt(one);
    }
    return spool;
  }

  /** Bytes that this drive's files claim. */
  get used(): number {
    return [...this.#files.values()].reduce((sum, file) => sum + file.claimed, 0);
  }

  /** Who is told of the files from now on, instead of whoever was before. */
  listen(hooks: SpoolHooks): void {
    this.#hooks = hooks;
  }

  /**
   * A new file with its row. With a base it has the same bytes, of which none is fetched; `base` reads them. Rejects
   * with FsError ENOSPC.
   */
  async create(file: NewFile, base: BaseContent | null = null): Promise<SpoolFile> {
    const row = firstRow(file, this.#options.drive, this.#env.clock.now());
    if (!isSpoolId(row.id)) throw new FsError('EINVAL', `${row.id}: not the id of a local file`);
    await this.#folder.restore();
    await this.#parts.space.check({ total: 0, pending: 0 });
    const handle = await this.#begin(row);
    const phase = row.base === null ? 'writing' : 'draft';
    const start = { size: row.size, missing: row.missing, untouched: row.base !== null, sparse: 0 };
    const made = this.#add(row, { phase, start, handle, base });
    await this.#env.checkpoint('spool:created');
    return made;
  }

  /** The file of a row; null without one. */
  open(id: string): SpoolFile | null {
    return this.#files.get(id) ?? null;
  }

  /** All files that have a row. */
  files(): readonly SpoolFile[] {
    return [...this.#files.values()];
  }

  /**
   * The bytes of a closed file that is complete, checked for being the ones that were closed. Rejects with FsError EIO
   * when they are not, and the row says `failed` and why; an expected ESTALE while it is not closed, or gone.
   */
  async contentOf(id: string): Promise<SealedContent> {
    const file = this.open(id);
    if (file === null) throw notClosed(id);
    return await file.undisturbed(() => this.#sealed(id, file));
  }

  /**
   * Forgets a file: its row, by `forget` or alone, and then its bytes. Whoever has it open keeps them. When `forget`
   * rejects nothing has happened.
   */
  async drop(
    id: string,
    forget: () => Promise<void> = () => this.#parts.journal.removeFile(id),
  ): Promise<void> {
    const file = this.#files.get(id);
    const work = (): Promise<void> => this.#forget(id, forget);
    await (file === undefined ? work() : file.remove(work));
    this.#files.delete(id);
    this.#removed = [...this.#removed, ...(file === undefined ? [] : [file])].filter(({ open }) => open);
    await this.#env.checkpoint('spool:forgotten');
    await this.#folder.remove(id);
  }

  /** Resolves when nothing is under way and no file is open. */
  async close(): Promise<void> {
    this.#forgetShortages();
    await Promise.all([...this.#files.values(), ...this.#removed].map((file) => file.shut()));
  }

  /** The disk lacks room, which files hold that have no name any more: nobody may count on those for ever. */
  async #letRemovedGo(): Promise<void> {
    await Promise.all(this.#removed.map((file) => file.letGo()));
  }

  async #sealed(id: string, file: SpoolFile): Promise<SealedContent> {
    if (file.phase !== 'closed') throw notClosed(id);
    const row = await this.#parts.journal.file(id);
    if (row === null) throw new FsError('ENOENT', `${id}: its record is lost`);
    const damage = damageOf(row, await this.#folder.stat(id));
    if (damage !== null) {
      await file.fail(damage);
      throw new FsError('EIO', `${row.path}: ${damage}`);
    }
    if (file.missingBytes > 0) throw new FsError('EIO', `${row.path}: its bytes are not all here`);
    return new SealedContent(file, this.#folder.pathOf(id));
  }

  async #begin(row: FileRow): Promise<FileHandle> {
    try {
      const handle = await this.#folder.create(row, row.size);
      try {
        await this.#parts.journal.noteFile(row);
        return handle;
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      await this.#folder.remove(row.id);
      throw error;
    }
  }

  async #forget(id: string, forget: () => Promise<void>): Promise<void> {
    await this.#folder.markDropped(id);
    try {
      await this.#env.checkpoint('spool:dropped');
      await forget();
    } catch (error) {
      await this.#folder.keepDropped(id);
      throw error;
    }
  }

  #adopt({ row, stat }: Reconciled): void {
    const { size, allocated } = stat ?? { size: 0, allocated: 0 };
    const missing = row.missing.reduce((sum, { start, end }) => sum + end - start, 0);
    const sparse = Math.max(0, size - missing - allocated);
    this.#add(row, {
      phase: row.state === 'writing' ? 'draft' : 'closed',
      start: { size, missing: row.missing, untouched: false, sparse },
      handle: null,
      base: null,
    });
  }

  #add(row: FileRow, begun: Begun): SpoolFile {
    const { space, journal } = this.#parts;
    const { id, generation, modifiedAt, base } = row;
    const descriptor = new SpoolDescriptor(this.#env.clock, this.#folder.pathOf(id), begun.handle);
    const localRanges = new LocalRanges(this.#folder.pathOf(id, 'ranges'));
    const content = new SpoolContent({ descriptor, space, claim: space.claim(), localRanges }, begun.start);
    const openBase = (): BaseContent => {
      if (base === null) throw new FsError('EIO', `${row.path}: it is not known whose bytes are missing`);
      return this.#hooks.openBase(base);
    };
    const parts = {
      ...{ journal, content, descriptor, largest: this.#options.largest },
      hooks: this.#told,
      base: new Base(openBase, begun.base),
      syncName: () => this.#folder.sync(),
    };
    const file = new SpoolFile(this.#env, parts, { id, phase: begun.phase, generation, modifiedAt });
    this.#files.set(id, file);
    return file;
  }

  readonly #told: SpoolHooks = {
    onDirty: (id) => this.#hooks.onDirty(id),
    onClosed: (id, call) => this.#hooks.onClosed(id, call),
    onReleased: (id) => this.#hooks.onReleased(id),
    openBase: (entry) => this.#hooks.openBase(entry),
  };
}

interface Begun {
  readonly phase: SpoolFilePhase;
  readonly start: SpoolContentStart;
  readonly handle: FileHandle | null;
  readonly base: BaseContent | null;
}

/** Somebody writes to it or has removed it, at this moment: that is no damage. */
function notClosed(id: string): FsError {
  return new FsError('ESTALE', `${id}: it is being changed, or gone`, { expected: true });
}
