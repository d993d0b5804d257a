import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FsError } from '../../lib/errors.js';

/** What was done about a file. in the way: another program wrote one of that name. */
export type StrmOutcome = 'written' | 'rewritten' | 'unchanged' | 'in the way';

const RECORD = '.panfuse-strm.json';
/** A file under way; media servers leave such names alone. */
const TEMPORARY = '.panfuse-strm.new';
const VERSION = 1;

/** What panfuse wrote into a folder, and from where. */
interface OwnFiles {
  readonly version: typeof VERSION;
  /** `films:/2026` */
  readonly source: string;
  /** Paths inside the folder. */
  readonly files: readonly string[];
}

/** A local folder of .strm files. A record in it tells which of them panfuse wrote: no other is ever touched. */
export class StrmFolder {
  readonly #path: string;
  readonly #source: string;
  readonly #own: Set<string>;

  private constructor(path: string, source: string, own: Iterable<string>) {
    this.#path = path;
    this.#source = source;
    this.#own = new Set(own);
  }

  /** Rejects with FsError: EEXIST when it holds the files of another source, EACCES when it cannot be read. */
  static async open(path: string, source: string): Promise<StrmFolder> {
    const record = await readRecord(join(path, RECORD));
    if (record !== null && record.source !== source) {
      const words = `${path} holds the .strm files of ${record.source}: choose another folder, or remove it`;
      throw new FsError('EEXIST', words, { expected: true });
    }
    return new StrmFolder(path, source, record?.files ?? []);
  }

  /** Sees to it that a file holds this text. Rejects as the local disk does. */
  async put(file: string, text: string): Promise<StrmOutcome> {
    const path = join(this.#path, file);
    const found = await textOf(path);
    if (found !== null && found !== text && !this.#own.has(file)) return 'in the way';
    this.#own.add(file);
    if (found === text) return 'unchanged';
    const temporary = join(dirname(path), TEMPORARY);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, path);
    return found === null ? 'written' : 'rewritten';
  }

  /** Removes what panfuse wrote and is not to be kept, with folders that become empty by that; answers how many files. */
  async prune(isKept: (file: string) => boolean): Promise<number> {
    const gone = [...this.#own].filter((file) => !isKept(file));
    for (const file of gone) {
      await rm(join(this.#path, file), { force: true });
      this.#own.delete(file);
      await this.#removeEmpty(dirname(file));
    }
    return gone.length;
  }

  /** Writes down which files are panfuse's. */
  async save(): Promise<void> {
    const record: OwnFiles = { version: VERSION, source: this.#source, files: [...this.#own].sort() };
    const temporary = join(this.#path, TEMPORARY);
    await mkdir(this.#path, { recursive: true });
    await writeFile(temporary, `${JSON.stringify(record, null, 1)}\n`);
    await rename(temporary, join(this.#path, RECORD));
  }

  async #removeEmpty(folder: string): Promise<void> {
    for (let at = folder; at !== '.'; at = dirname(at)) {
      try {
        await rmdir(join(this.#path, at));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
        if (code !== 'ENOENT') throw error;
      }
    }
  }
}

/** Null when there is no such file. */
async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw error;
  }
}

async function readRecord(path: string): Promise<OwnFiles | null> {
  try {
    const text = await textOf(path);
    return text === null ? null : checked(JSON.parse(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FsError('EACCES', `${path}, which tells what panfuse wrote there, cannot be read: ${why}`, {
      cause: error,
    });
  }
}

function checked(value: unknown): OwnFiles {
  const { version, source, files } = (value ?? {}) as Partial<OwnFiles>;
  const isRight = version === VERSION && typeof source === 'string' && Array.isArray(files);
  if (!isRight || !files.every((file) => isInside(file))) throw new Error('it is not what panfuse writes');
  return { version, source, files };
}

/** What a record names is removed some day: nothing outside of the folder may be named. */
function isInside(file: unknown): boolean {
  return typeof file === 'string' && !file.split('/').some((name) => name === '' || name === '..');
}
