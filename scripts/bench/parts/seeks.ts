import type { Comparison } from '../comparison.js';
import type { Values } from '../figures.js';
import { GIB, pick } from '../library.js';
import { knowLinks, withFilm } from '../open-film.js';
import { fetchRange } from '../raw-client.js';
import { median, repeatableNumbers } from '../statistics.js';

const COUNT = 15;
const LENGTH = 128 * 1024;

/** Jumps all over one open film. */
export function seeks(rounds: number): Comparison {
  const next = repeatableNumbers(15);
  const places = Array.from({ length: COUNT }, () => next(GIB - LENGTH));
  return {
    name: 'seeks',
    title: `${COUNT} random reads of 128 KiB on one open file, link known`,
    goal: '0 errors, median at most 1.25 of a plain request, at most 4 times the bytes',
    columns: [
      { key: 'median', heading: 'ms', digits: 1, ratio: true },
      { key: 'worst', heading: 'worst ms', digits: 1 },
    ],
    films: 1,
    rounds,
    baseline: {
      async measure(raw, films) {
        const { url } = await raw.link(pick(films));
        const times: number[] = [];
        for (const place of places) times.push((await fetchRange(url, place, LENGTH)).took);
        return { values: valuesOf(times), wanted: COUNT * LENGTH };
      },
    },
    prepare: knowLinks,
    async run(side, films, tally) {
      const film = pick(films);
      const times: number[] = [];
      await withFilm(side.at(film.path), film, tally, async (file) => {
        for (const place of places) times.push(await file.read(place, LENGTH));
      });
      return valuesOf(times);
    },
  };
}

function valuesOf(times: readonly number[]): Values {
  const succeeded = times.filter((time) => !Number.isNaN(time));
  return { median: median(succeeded), worst: Math.max(...succeeded) };
}
