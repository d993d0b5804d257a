import { open, readFile, rename, writeFile } from 'node:fs/promises';
import type { ByteRange } from '../../lib/range.js';
import { diskError } from './disk-error.js';

/** More records than this are worth writing anew. */
const MOST_RECORDS = 10_000;

/**
 * The file beside a spool file that tells which bytes of the cloud's file it need not fetch: a line `start end` for
 * each change. Lines survive the end of the process; of a closed file the journal knows better.
 */
export class LocalRanges {
  readonly #path: string;
  #records = 0;
  #retired = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Empty when nothing was recorded. A line that was cut by a crash was not answered. Rejects with FsError. */
  async read(): Promise<readonly ByteRange[]> {
    try {
      const lines = (await readFile(this.#path, 'latin1')).split('\n').slice(0, -1);
      this.#records = lines.length;
      return lines.map(parseLine).filter((range) => range !== null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw diskError(error, this.#path);
    }
  }

  /** The bytes must be in the spool file. Rejects with FsError. */
  async add(range: ByteRange): Promise<void> {
    if (this.#retired) return;
    try {
      await writeFile(this.#path, lineOf(range), { flag: 'a', mode: 0o600 });
      this.#records += 1;
    } catch (error) {
      throw diskError(error, this.#path);
    }
  }

  /** Writes the same in fewer lines when they have become many. Rejects with FsError. */
  async compact(ranges: readonly ByteRange[]): Promise<void> {
    if (this.#records <= MOST_RECORDS || ranges.length > MOST_RECORDS / 2) return;
    const anew = `${this.#path}.new`;
    try {
      await writeFile(anew, ranges.map(lineOf).join(''), { mode: 0o600 });
      const file = await open(anew, 'r');
      await file.sync().finally(() => file.close());
      await rename(anew, this.#path);
      this.#records = ranges.length;
    } catch (error) {
      throw diskError(error, this.#path);
    }
  }

  /** The spool file is removed: nothing is recorded any more. */
  retire(): void {
    this.#retired = true;
  }
}

function lineOf({ start, end }: ByteRange): string {
  return `${start} ${end}\n`;
}

function parseLine(line: string): ByteRange | null {
  const match = /^(\d+) (\d+)$/.exec(line);
  return match === null ? null : { start: Number(match[1]), end: Number(match[2]) };
}
