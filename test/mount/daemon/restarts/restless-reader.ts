import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoName } from '../errno-name.js';
import { Dice } from './dice.js';
import type { FileVersion } from './soak-files.js';
import { VersionCheck } from './version-check.js';

/**
 * A reader that never gives up, in a process of its own: opens a file, reads at some places, compares every byte,
 * and after an error opens another. Ends with its standard input and prints a ReaderReport as JSON.
 */

export interface ReaderTask {
  readonly files: readonly { readonly path: string; readonly versions: readonly FileVersion[] }[];
  readonly seed: number;
  /** The number of this reader. */
  readonly reader: number;
  /** Bytes of the longest read. */
  readonly longest: number;
}

/** What failed. Times are milliseconds since the epoch; files are numbered as in the task. */
export interface Failure {
  readonly file: number;
  readonly call: 'open' | 'stat' | 'read' | 'close';
  readonly errno: string;
  readonly opened: number;
  readonly began: number;
  readonly ended: number;
}

/** A file that was opened, and the newest version that it can have been by the bytes that were read. */
export interface Seen {
  readonly file: number;
  readonly opened: number;
  readonly newest: number;
}

export interface ReaderReport {
  readonly reads: number;
  readonly bytes: number;
  /** Milliseconds of the slowest read, failed ones included. */
  readonly slowest: number;
  readonly wrong: readonly string[];
  readonly failures: readonly Failure[];
  /** Of files with several versions. */
  readonly seen: readonly Seen[];
  /** Numbers of the files of which bytes, or the end, were read. */
  readonly files: readonly number[];
}

interface Place {
  readonly position: number;
  readonly length: number;
}

/** One open file. */
interface Visit {
  readonly file: number;
  readonly opened: number;
  readonly check: VersionCheck;
}

/** Between two tries to open what cannot be opened; milliseconds. */
const PAUSE = 200;

class RestlessReader {
  readonly #task: ReaderTask;
  readonly #dice: Dice;
  readonly #buffer: Buffer;
  readonly #wrong: string[] = [];
  readonly #failures: Failure[] = [];
  readonly #seen: Seen[] = [];
  readonly #files = new Set<number>();
  #reads = 0;
  #bytes = 0;
  #slowest = 0;

  constructor(task: ReaderTask) {
    this.#task = task;
    this.#dice = new Dice(task.seed, `reader ${task.reader}`);
    this.#buffer = Buffer.alloc(task.longest);
  }

  async run(end: AbortSignal): Promise<ReaderReport> {
    while (!end.aborted) await this.#visit(this.#dice.below(this.#task.files.length), end);
    return {
      reads: this.#reads,
      bytes: this.#bytes,
      slowest: Math.round(this.#slowest),
      wrong: this.#wrong,
      failures: this.#failures,
      seen: this.#seen,
      files: [...this.#files],
    };
  }

  async #visit(file: number, end: AbortSignal): Promise<void> {
    const { path, versions } = this.#task.files[file] ?? { path: '', versions: [] };
    const visit = { file, opened: Date.now(), check: new VersionCheck(versions) };
    const handle = await this.#attempt(visit, 'open', open(path));
    if (handle === null) {
      await delay(PAUSE);
      return;
    }
    await this.#readAround(handle, visit, end);
    await this.#attempt(visit, 'close', handle.close());
    if (versions.length > 1) this.#seen.push({ file, opened: visit.opened, newest: visit.check.newest });
  }

  async #readAround(handle: FileHandle, visit: Visit, end: AbortSignal): Promise<void> {
    const found = await this.#attempt(visit, 'stat', handle.stat());
    if (found === null) return;
    for (const place of this.#places(found.size)) {
      if (end.aborted || !(await this.#read(handle, visit, place))) return;
    }
  }

  /** True when the bytes came and are right. */
  async #read(handle: FileHandle, visit: Visit, { position, length }: Place): Promise<boolean> {
    for (let done = 0, got = 1; done < length && got > 0; done += got) {
      const began = performance.now();
      const target = this.#buffer.subarray(0, length - done);
      const reading = handle.read(target, 0, target.length, position + done);
      const result = await this.#attempt(visit, 'read', reading);
      this.#slowest = Math.max(this.#slowest, performance.now() - began);
      if (result === null) return false;
      got = result.bytesRead;
      const bytes = target.subarray(0, got);
      if (!(await visit.check.accepts(position + done, bytes))) {
        const difference = await visit.check.difference(position + done, bytes);
        this.#wrong.push(`${new Date().toISOString()} ${difference}`);
        return false;
      }
      this.#reads += 1;
      this.#bytes += got;
      this.#files.add(visit.file);
    }
    return true;
  }

  /** The result, or null after a failure that is noted. */
  async #attempt<T>(visit: Visit, call: Failure['call'], work: Promise<T>): Promise<T | null> {
    const began = Date.now();
    try {
      return await work;
    } catch (error) {
      const { file, opened } = visit;
      this.#failures.push({ file, call, errno: errnoName(error), opened, began, ended: Date.now() });
      return null;
    }
  }

  #places(size: number): readonly Place[] {
    const { longest } = this.#task;
    const dice = this.#dice;
    const inside = (): number => Math.floor(dice.between(0, size));
    const some = Array.from({ length: 1 + dice.below(16) });
    switch (dice.pick('scattered', 'large', 'in order', 'ends')) {
      case 'scattered':
        return some.map(() => ({ position: inside(), length: dice.length(longest) }));
      case 'large':
        return some.map(() => ({ position: inside(), length: 1 + dice.below(longest) }));
      case 'in order': {
        const from = dice.pick(0, inside());
        const length = dice.pick(4096, 65_536, 131_072, 1 + dice.below(longest));
        return some.map((_none, index) => ({ position: from + index * length, length }));
      }
      case 'ends':
        return some.map(() => this.#atAnEnd(size));
    }
  }

  #atAnEnd(size: number): Place {
    const length = this.#dice.length(this.#task.longest);
    const near = Math.max(0, size - this.#dice.length(this.#task.longest));
    return { position: this.#dice.pick(0, near, Math.max(0, size - length), size, size + length), length };
  }
}

const end = new AbortController();
process.stdin.on('end', () => end.abort()).resume();
const reader = new RestlessReader(JSON.parse(process.argv[2] ?? '') as ReaderTask);
const report = await reader.run(end.signal);
process.stdout.write(JSON.stringify(report));
