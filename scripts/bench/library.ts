import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { ControlClient } from '../../test/clouds/control-client.js';
import { type ContentSpec, expectedBytes } from '../../test/clouds/house/content.js';

/** A file that is read. */
export interface Film {
  /** Below the root of drive and mount. */
  readonly path: string;
  readonly size: number;
  readonly content: ContentSpec;
}

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;
/** What no measurement reads but must be open: see the part `memory`. */
export const IDLE_FILES = 1000;
const FILMS = 200;
const FILM_SIZE = 3 * GIB;
const FOLDERS = ['films', 'idle'] as const;

/** Films that nobody has read yet, handed out one after another: no side has a byte of them in any cache. */
export class Library {
  /** Made by ffmpeg; empty where there is none. */
  readonly real: readonly Film[];
  #next = 0;

  private constructor(real: readonly Film[]) {
    this.real = real;
  }

  /** Puts films and small files into the cloud; real ones, files on this machine, too. */
  static async fill(cloud: ControlClient, realFilms: readonly string[]): Promise<Library> {
    const [films, idle] = await Promise.all(FOLDERS.map((name) => cloud.addDirectory(name)));
    if (films === undefined || idle === undefined) throw new Error('the cloud made no folders');
    for (let index = 0; index < FILMS; index += 1) {
      const { path, size, content } = filmAt(index);
      await cloud.addFile({ parent: films.id, name: basename(path), size, content });
    }
    for (let index = 0; index < IDLE_FILES; index += 1) {
      await cloud.addFile({ parent: idle.id, name: idleName(index), size: MIB });
    }
    const real = realFilms.map((path) => realFilm(path));
    for (const { path, size, content } of real) {
      await cloud.addFile({ parent: films.id, name: basename(path), size, content });
    }
    return new Library(real);
  }

  /** Films that were not handed out before. */
  fresh(count: number): readonly Film[] {
    if (this.#next + count > FILMS) throw new Error('the library has too few films for all parts');
    this.#next += count;
    return Array.from({ length: count }, (_, index) => filmAt(this.#next - count + index));
  }

  get folders(): readonly string[] {
    return FOLDERS;
  }
}

/** One of the films that a round was given. */
export function pick(films: readonly Film[], index = 0): Film {
  const film = films[index];
  if (film === undefined) throw new RangeError(`the round has no film ${index}`);
  return film;
}

/** Whether bytes are those of the film at this position. */
export async function isRight(film: Film, position: number, bytes: Buffer): Promise<boolean> {
  return bytes.equals(await expectedBytes(film.content, position, bytes.length));
}

function filmAt(index: number): Film {
  const name = `film-${String(index).padStart(3, '0')}.mkv`;
  return { path: `films/${name}`, size: FILM_SIZE, content: { kind: 'seeded', seed: name } };
}

function realFilm(path: string): Film {
  const content = { kind: 'disk', path } as const;
  return { path: `films/${basename(path)}`, size: statSync(path).size, content };
}

/** Below the root of drive and mount. */
export function idlePath(index: number): string {
  return `idle/${idleName(index)}`;
}

function idleName(index: number): string {
  return `idle-${String(index).padStart(4, '0')}.bin`;
}
