import { open } from 'node:fs/promises';
import { expectedBytes } from '../../clouds/house/content.js';
import { errnoName } from './errno-name.js';

/**
 * Readers at random places of several files, in a process of its own: each reads, compares every byte with what the
 * cloud generates, and goes elsewhere. Prints a ReadersReport as JSON.
 */

export interface ReadersTask {
  /** Files of seeded content. */
  readonly files: readonly { readonly path: string; readonly seed: string; readonly size: number }[];
  readonly readers: number;
  readonly seconds: number;
  /** Bytes of the longest read. */
  readonly longest: number;
}

export interface ReadersReport {
  readonly reads: number;
  readonly bytes: number;
  /** Places with wrong bytes, or with fewer than there are. */
  readonly wrong: readonly string[];
  /** Failed reads by errno. */
  readonly errors: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly median: number;
  readonly slowest: number;
  /** Reads of the reader that got the fewest. */
  readonly fewest: number;
}

class Readers {
  readonly #task: ReadersTask;
  readonly #wrong: string[] = [];
  readonly #errors: Record<string, number> = {};
  readonly #took: number[] = [];
  readonly #reads: number[] = [];
  #bytes = 0;

  constructor(task: ReadersTask) {
    this.#task = task;
  }

  async run(): Promise<ReadersReport> {
    const end = performance.now() + this.#task.seconds * 1000;
    await Promise.all(Array.from({ length: this.#task.readers }, (_, reader) => this.#read(reader, end)));
    const sorted = this.#took.sort((a, b) => a - b);
    return {
      reads: sorted.length,
      bytes: this.#bytes,
      wrong: this.#wrong,
      errors: this.#errors,
      median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
      slowest: Math.round(sorted.at(-1) ?? 0),
      fewest: Math.min(...this.#reads),
    };
  }

  async #read(reader: number, end: number): Promise<void> {
    const { files, longest } = this.#task;
    const file = files[reader % files.length];
    if (file === undefined) return;
    this.#reads[reader] = 0;
    const handle = await open(file.path);
    while (performance.now() < end) {
      const position = Math.floor(Math.random() * file.size);
      const length = Math.min(file.size - position, 1 + Math.floor(Math.random() * longest));
      const began = performance.now();
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
        const right = (await expectedBytes({ kind: 'seeded', seed: file.seed }, position, length)).equals(
          buffer,
        );
        if (bytesRead !== length || !right)
          this.#wrong.push(`${file.path} ${bytesRead} of ${length} at ${position}`);
        this.#bytes += bytesRead;
        this.#reads[reader] += 1;
      } catch (error) {
        const name = errnoName(error);
        this.#errors[name] = (this.#errors[name] ?? 0) + 1;
      }
      this.#took.push(performance.now() - began);
    }
    await handle.close();
  }
}

const report = await new Readers(JSON.parse(process.argv[2] ?? '') as ReadersTask).run();
process.stdout.write(JSON.stringify(report));
