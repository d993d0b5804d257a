import type { Comparison } from '../comparison.js';
import type { Values } from '../figures.js';
import { MIB, pick } from '../library.js';
import { knowLinks, withFilm } from '../open-film.js';
import { fetchRange } from '../raw-client.js';

const PIECE = 128 * 1024;
const COLUMNS = [
  { key: 'speed', heading: 'MB/s', digits: 1, ratio: true },
  { key: 'fairness', heading: 'slowest/fastest', digits: 2 },
] as const;

interface ReadersOptions {
  /** Bytes of each reader. */
  readonly bytes: number;
  readonly rounds: number;
}

/** Four readers at four places of one film, beside two plain streams that fetch as much together. */
export function fourReaders({ bytes, rounds }: ReadersOptions): Comparison {
  const places = [0, 1, 2, 3].map((index) => index * 200 * MIB);
  return {
    name: 'readers-4',
    title: `4 readers at 4 places of one film, ${bytes / MIB} MiB each`,
    goal: '0 errors, at least 0.90 of two plain streams together',
    columns: COLUMNS,
    films: 1,
    rounds,
    baseline: {
      async measure(raw, films) {
        const { url } = await raw.link(pick(films));
        const outcome = await together([0, 1], (index) => fetchRange(url, index * 2 * bytes, 2 * bytes));
        return { values: valuesOf(4 * bytes, outcome), wanted: 4 * bytes };
      },
    },
    prepare: knowLinks,
    async run(side, films, tally) {
      const film = pick(films);
      const outcome = await together(places, (start) =>
        withFilm(side.at(film.path), film, tally, (file) => file.readThrough(start, bytes, PIECE)),
      );
      return valuesOf(tally.received, outcome);
    },
  };
}

/** Eight readers on eight films, beside eight plain streams. */
export function eightReaders({ bytes, rounds }: ReadersOptions): Comparison {
  return {
    name: 'readers-8',
    title: `8 readers on 8 films, ${bytes / MIB} MiB each`,
    goal: 'at least 0.90 of eight plain streams, fair within 1.5',
    columns: COLUMNS,
    films: 8,
    rounds,
    baseline: {
      async measure(raw, films) {
        const urls: string[] = [];
        for (const film of films) urls.push((await raw.link(film)).url);
        const outcome = await together(urls, (url) => fetchRange(url, 0, bytes));
        return { values: valuesOf(8 * bytes, outcome), wanted: 8 * bytes };
      },
    },
    prepare: knowLinks,
    async run(side, films, tally) {
      const outcome = await together(films, (film) =>
        withFilm(side.at(film.path), film, tally, (file) => file.readThrough(0, bytes, PIECE)),
      );
      return valuesOf(tally.received, outcome);
    },
  };
}

/** Runs all readers at once. Milliseconds of the slowest, and how many times longer it took than the fastest. */
async function together<T>(
  readers: readonly T[],
  read: (reader: T) => Promise<unknown>,
): Promise<{ readonly slowest: number; readonly fairness: number }> {
  const began = performance.now();
  const times = await Promise.all(
    readers.map(async (reader) => {
      await read(reader);
      return performance.now() - began;
    }),
  );
  const slowest = Math.max(...times);
  return { slowest, fairness: slowest / Math.min(...times) };
}

function valuesOf(
  bytes: number,
  { slowest, fairness }: { readonly slowest: number; readonly fairness: number },
): Values {
  return { speed: bytes / 1000 / slowest, fairness };
}
