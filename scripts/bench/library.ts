import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
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
/** Films that lie in a folder of their own each. */
const LONE_FILMS = 20;
const FOLDERS = ['films', 'idle', 'lone'] as const;

/** Films that nobody has read yet, handed out one after another: no side has a byte of them in any cache. */
export class Library {
  /** Made by ffmpeg; empty where there is none. */
  readonly real: readonly Film[];
  #next = 0;
  #nextLone = 0;

  private constructor(real: readonly Film[]) {
    this.real = real;
  }

  /** Puts films and small files into the cloud; real ones, files on this machine, too. */
  static async fill(cloud: ControlClient, realFilms: readonly string[]): Promise<Library> {
    const [films, idle, lone] = await Promise.all(FOLDERS.map((name) => cloud.addDirectory(name)));
    if (films === undefined || idle === undefined || lone === undefined)
      throw new Error('the cloud made no folders');
    for (let index = 0; index < FILMS; index += 1) {
      const { path, size, content } = filmAt(index);
      await cloud.addFile({ parent: films.id, name: basename(path), size, content });
    }
    for (let index = 0; index < IDLE_FILES; index += 1) {
      await cloud.addFile({ parent: idle.id, name: idleName(index), size: MIB });
    }
    for (let index = 0; index < LONE_FILMS; index += 1) {
      const { path, size, content } = loneFilmAt(index);
      const { id } = await cloud.addDirectory(basename(dirname(path)), lone.id);
      await cloud.addFile({ parent: id, name: basename(path), size, content });
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

  /** As `fresh`, but each beside no other: programs that read them go through no folder. */
  freshAndLone(count: number): readonly Film[] {
    if (this.#nextLone + count > LONE_FILMS)
      throw new Error('the library has too few lone films for all parts');
    this.#nextLone += count;
    return Array.from({ length: count }, (_, index) => loneFilmAt(this.#nextLone - count + index));
  }

  /** Those whose names everybody shall know from the start. */
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

function loneFilmAt(index: number): Film {
  const folder = `lone/folder-${String(index).padStart(2, '0')}`;
  return { path: `${folder}/film.mkv`, size: FILM_SIZE, content: { kind: 'seeded', seed: folder } };
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
