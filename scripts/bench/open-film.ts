import { type FileHandle, open } from 'node:fs/promises';
import { type Film, isRight } from './library.js';
import type { Side } from './side.js';

/** How much of each read is compared with what the film holds there. */
const SAMPLE = 4096;

/** A film opened through a mount: times reads, counts those that fail, and looks at the bytes that came. */
export class OpenFilm {
  readonly #file: FileHandle;
  readonly #film: Film;
  readonly #tally: Tally;
  #buffer = Buffer.alloc(0);

  private constructor(file: FileHandle, film: Film, tally: Tally) {
    this.#file = file;
    this.#film = film;
    this.#tally = tally;
  }

  static async open(path: string, film: Film, tally: Tally): Promise<OpenFilm> {
    return new OpenFilm(await open(path), film, tally);
  }

  /** Reads a range in one call, one read at a time; milliseconds that it took, NaN when it failed. */
  async read(position: number, length: number): Promise<number> {
    if (this.#buffer.length < length) this.#buffer = Buffer.allocUnsafe(length);
    this.#tally.wanted += length;
    const began = performance.now();
    try {
      const { bytesRead } = await this.#file.read(this.#buffer, 0, length, position);
      const took = performance.now() - began;
      this.#tally.received += bytesRead;
      if (bytesRead < length) this.#tally.errors += 1;
      const sample = this.#buffer.subarray(0, Math.min(SAMPLE, bytesRead));
      if (!(await isRight(this.#film, position, sample))) this.#tally.wrong += 1;
      return took;
    } catch (error) {
      this.#tally.failed(error);
      return NaN;
    }
  }

  /** Reads a longer range from its beginning to its end, as cp does; milliseconds. */
  async readThrough(start: number, length: number, piece: number): Promise<number> {
    const began = performance.now();
    for (let done = 0; done < length; done += piece) {
      await this.read(start + done, Math.min(piece, length - done));
    }
    return performance.now() - began;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** What all reads of one measurement came to. */
export class Tally {
  /** Bytes. */
  wanted = 0;
  received = 0;
  errors = 0;
  wrong = 0;
  /** Codes of the errors, such as EIO. */
  readonly codes = new Set<string>();

  failed(error: unknown): void {
    this.errors += 1;
    this.codes.add((error as NodeJS.ErrnoException).code ?? String(error));
  }
}

/** Opens a film, works with it and closes it. */
export async function withFilm<T>(
  path: string,
  film: Film,
  tally: Tally,
  work: (file: OpenFilm) => Promise<T>,
): Promise<T> {
  const file = await OpenFilm.open(path, film, tally);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Reads one byte in the middle of each film, where no measurement looks: links become known and little else. */
export async function knowLinks(side: Side, films: readonly Film[]): Promise<void> {
  for (const film of films) {
    await withFilm(side.at(film.path), film, new Tally(), (file) => file.read(film.size / 2, 1));
  }
}
