import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Comparison } from '../comparison.js';
import type { Values } from '../figures.js';
import { type Film, GIB, MIB, pick } from '../library.js';
import { knowLinks, type Tally, withFilm } from '../open-film.js';
import { fetchRange } from '../raw-client.js';
import { median } from '../statistics.js';

const COLUMNS = [
  { key: 'median', heading: 'ms', digits: 1, ratio: true },
  { key: 'worst', heading: 'worst ms', digits: 1 },
] as const;
/** Far enough apart that no read ahead of one covers the next. */
const STEP = 40 * MIB;
/** Milliseconds after which the account has a call to spare again. */
const IDLE = 1100;

/** open and pread of one byte, each time at another place of one film whose link is known. */
export function firstByteLinkKnown(samples: number): Comparison {
  const places = Array.from({ length: samples }, (_, index) => ((index + 1) * STEP) % (GIB - STEP));
  return {
    name: 'first-byte-known',
    title: `First byte, link known: open and pread of 1 byte, median of ${samples}`,
    goal: 'at most 1.25 of one plain request',
    columns: COLUMNS,
    films: 1,
    rounds: 1,
    baseline: {
      async measure(raw, films) {
        const { url } = await raw.link(pick(films));
        const times: number[] = [];
        for (const place of places) times.push((await fetchRange(url, place, 1)).firstByte);
        return { values: valuesOf(times), wanted: samples };
      },
    },
    prepare: knowLinks,
    async run(side, films, tally) {
      const film = pick(films);
      const times: number[] = [];
      for (const place of places) times.push(await timedOpen(side.at(film.path), film, tally, place));
      return valuesOf(times);
    },
  };
}

/** The same on films that nobody asked a link for, with the account idle before each. */
export function firstByteLinkUnknown(samples: number): Comparison {
  return {
    name: 'first-byte-unknown',
    title: `First byte, link unknown, account idle: open and pread of 1 byte, median of ${samples}`,
    goal: 'at most 1.15 of the call for a link and one plain request',
    columns: COLUMNS,
    films: samples,
    lone: true,
    rounds: 1,
    baseline: {
      async measure(raw, films) {
        const times: number[] = [];
        for (const film of films) {
          const { url, took } = await raw.link(film);
          times.push(took + (await fetchRange(url, 0, 1)).firstByte);
        }
        return { values: valuesOf(times), wanted: samples };
      },
    },
    async prepare(side, films) {
      for (const { path } of films) await readdir(side.at(dirname(path)));
      await delay(IDLE);
    },
    async run(side, films, tally) {
      const times: number[] = [];
      for (const film of films) {
        times.push(await timedOpen(side.at(film.path), film, tally, 0));
        await delay(IDLE);
      }
      return valuesOf(times);
    },
  };
}

async function timedOpen(path: string, film: Film, tally: Tally, place: number): Promise<number> {
  const began = performance.now();
  return await withFilm(path, film, tally, async (file) => {
    await file.read(place, 1);
    return performance.now() - began;
  });
}

function valuesOf(times: readonly number[]): Values {
  return { median: median(times), worst: Math.max(...times) };
}
