import type { Comparison } from '../comparison.js';
import { MIB, pick } from '../library.js';
import { knowLinks, withFilm } from '../open-film.js';
import { fetchRange } from '../raw-client.js';

interface SequentialOptions {
  readonly name: string;
  readonly goal: string;
  readonly bytes: number;
  readonly rounds: number;
}

/** Reads from the beginning on, as cp does, beside two plain streams of half as much each; the link is known. */
export function sequential(options: SequentialOptions): Comparison {
  const { bytes } = options;
  return {
    ...options,
    title: `Sequential read of ${bytes / MIB} MiB`,
    films: 1,
    columns: [{ key: 'speed', heading: 'MB/s', digits: 1, ratio: true }],
    baseline: {
      async measure(raw, films) {
        const { url } = await raw.link(pick(films));
        const began = performance.now();
        await Promise.all([0, bytes / 2].map((start) => fetchRange(url, start, bytes / 2)));
        return { values: { speed: bytes / 1000 / (performance.now() - began) }, wanted: bytes };
      },
    },
    prepare: knowLinks,
    async run(side, films, tally) {
      const film = pick(films);
      const took = await withFilm(side.at(film.path), film, tally, (file) => file.readThrough(0, bytes, MIB));
      return { speed: tally.received / 1000 / took };
    },
  };
}
