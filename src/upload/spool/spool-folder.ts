import { type FileHandle, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectories } from '../../lib/directories.js';
import { DirectorySync } from './directory-sync.js';
import { diskError } from './disk-error.js';
import { type Origin, originText, parseOrigin } from './origin.js';
import { parseSpoolName, readableName, type SpoolFileKind, spoolName } from './spool-names.js';

/** What of a spool file lies on the disk. */
export interface SpoolStat {
  /** Bytes. */
  readonly size: number;
  /** Bytes that it takes. */
  readonly allocated: number;
  /** Milliseconds since the epoch, with fractions. */
  readonly modifiedAt: number;
}

/** Everything of one id. */
export interface Found {
  readonly id: string;
  readonly readable: string;
  readonly kinds: ReadonlySet<SpoolFileKind>;
}

/** One drive's spool folder: `<readable name>~<id>`, and beside it `.json` and `.ranges`. Every method rejects with FsError. */
export class SpoolFolder {
  readonly path: string;
  readonly #readable = new Map<string, string>();
  readonly #names: DirectorySync;

  constructor(path: string) {
    this.path = path;
    this.#names = new DirectorySync(path);
  }

  /** Makes the folder when it is not there, and tells what lies in it. */
  async open(): Promise<readonly Found[]> {
    return await this.#guard(this.path, async () => {
      await makeDirectories(this.path, 0o700);
      await new DirectorySync(dirname(this.path)).run();
      return this.#gather(await readdir(this.path));
    });
  }

  /** Makes the folder again when somebody has removed it. */
  async restore(): Promise<void> {
    await this.#guard(this.path, async () => {
      if ((await stat(this.path).catch(absent)) !== null) return;
      await makeDirectories(this.path, 0o700);
      await new DirectorySync(dirname(this.path)).run();
    });
  }

  /** The path of what belongs to an id; the file need not be there. */
  pathOf(id: string, kind: SpoolFileKind = 'bytes'): string {
    return join(this.path, spoolName({ id, kind, readable: this.#readable.get(id) ?? '_' }));
  }

  /** A new spool file of so many zero bytes, which take no space. */
  async create(origin: Origin, size: number): Promise<FileHandle> {
    const { id } = origin;
    this.#readable.set(id, readableName(origin.name));
    const path = this.pathOf(id);
    return await this.#guard(path, async () => {
      await writeFile(this.pathOf(id, 'origin'), originText(origin), { mode: 0o600 });
      const file = await open(path, 'wx+', 0o600);
      if (size > 0) await file.truncate(size);
      return file;
    });
  }

  /** Null when it is not there. */
  async stat(id: string): Promise<SpoolStat | null> {
    const path = this.pathOf(id);
    return await this.#guard(path, async () => {
      const found = await stat(path).catch(absent);
      if (found === null) return null;
      return { size: found.size, allocated: found.blocks * 512, modifiedAt: found.mtimeMs };
    });
  }

  /** Null when it is not there or not readable. */
  async origin(id: string): Promise<Origin | null> {
    const path = this.pathOf(id, 'origin');
    return await this.#guard(path, async () => {
      const text = await readFile(path, 'utf8').catch(absent);
      return text === null ? null : parseOrigin(text);
    });
  }

  /** Makes sure of all names that are there now. */
  async sync(): Promise<void> {
    await this.#guard(this.path, () => this.#names.run());
  }

  /** Says that it is to be forgotten: from now on it is only a matter of the row. Makes sure of that. */
  async markDropped(id: string): Promise<void> {
    const path = this.pathOf(id);
    await this.#guard(path, () => rename(path, this.pathOf(id, 'dropped')).catch(absent));
    await this.sync();
  }

  /** Takes `markDropped` back. */
  async keepDropped(id: string): Promise<void> {
    const path = this.pathOf(id, 'dropped');
    await this.#guard(path, () => rename(path, this.pathOf(id)).catch(absent));
  }

  /** Removes all that belongs to an id. */
  async remove(id: string): Promise<void> {
    await this.#guard(this.pathOf(id), async () => {
      for (const kind of ['bytes', 'dropped', 'ranges', 'origin'] as const) {
        await rm(this.pathOf(id, kind), { force: true });
      }
    });
    this.#readable.delete(id);
  }

  #gather(names: readonly string[]): readonly Found[] {
    const found = new Map<string, { id: string; readable: string; kinds: Set<SpoolFileKind> }>();
    for (const name of names) {
      const parsed = parseSpoolName(name);
      if (parsed === null) continue;
      const { id, kind, readable } = parsed;
      const known = found.get(id) ?? { id, readable, kinds: new Set() };
      known.kinds.add(kind);
      found.set(id, known);
      this.#readable.set(id, readable);
    }
    return [...found.values()];
  }

  async #guard<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw diskError(error, path);
    }
  }
}

/** For what need not be there. Throws any other error again. */
function absent(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}
