import type { ControlClient } from '../../test/clouds/control-client.js';
import { expectedBytes } from '../../test/clouds/house/content.js';

/** A generated film of the benchmark. */
export interface Film {
  /** Below the root of drive and mount. */
  readonly path: string;
  readonly size: number;
  readonly seed: string;
}

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;
/** What no measurement reads but must be open: see the part `memory`. */
export const IDLE_FILES = 1000;
const FILMS = 200;
const FOLDERS = ['films', 'idle'] as const;

/** Films that nobody has read yet, handed out one after another: no side has a byte of them in any cache. */
export class Library {
  #next = 0;

  /** Puts films and small files into the cloud. */
  static async fill(cloud: ControlClient): Promise<Library> {
    const [films, idle] = await Promise.all(FOLDERS.map((name) => cloud.addDirectory(name)));
    if (films === undefined || idle === undefined) throw new Error('the cloud made no folders');
    for (let index = 0; index < FILMS; index += 1) {
      const { path, size, seed } = filmAt(index);
      const name = path.slice('films/'.length);
      await cloud.addFile({ parent: films.id, name, size, content: { kind: 'seeded', seed } });
    }
    for (let index = 0; index < IDLE_FILES; index += 1) {
      await cloud.addFile({ parent: idle.id, name: idleName(index), size: MIB });
    }
    return new Library();
  }

  /** Films that were not handed out before. */
  fresh(count: number): readonly Film[] {
    if (this.#next + count > FILMS) throw new Error('the library has too few films for all parts');
    this.#next += count;
    return Array.from({ length: count }, (_, index) => filmAt(this.#next - count + index));
  }

  idlePath(index: number): string {
    return `idle/${idleName(index)}`;
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
  return bytes.equals(await expectedBytes({ kind: 'seeded', seed: film.seed }, position, bytes.length));
}

function filmAt(index: number): Film {
  const name = `film-${String(index).padStart(3, '0')}.mkv`;
  // The last ones are for parts that read more than a GiB.
  return { path: `films/${name}`, size: index < FILMS - 4 ? GIB : 3 * GIB, seed: name };
}

function idleName(index: number): string {
  return `idle-${String(index).padStart(4, '0')}.bin`;
}
