import type { Comparison } from '../comparison.js';
import type { Values } from '../figures.js';
import { type Film, MIB, pick } from '../library.js';
import { knowLinks, type OpenFilm, type Tally, withFilm } from '../open-film.js';
import { play, type Playing } from '../player.js';
import { fetchRange, type RawClient } from '../raw-client.js';
import type { Side } from '../side.js';
import { median, sum } from '../statistics.js';

const RATE = 8_000_000;
const FORWARD = 300 * MIB;
const BACK = -50 * MIB;
const HEAD = 64 * 1024;

const COLUMNS = [
  { key: 'start', heading: 'first MiB, ms', digits: 0 },
  { key: 'forward', heading: 'after +300 MB', digits: 0, ratio: true },
  { key: 'back', heading: 'after −50 MB', digits: 0, ratio: true },
  { key: 'stalls', heading: 'stalls', digits: 0 },
] as const;
const GOAL = 'first MiB after a jump at most 1.2 of a plain request of 1 MiB, 0 stalls, 0 errors';

/** Where a player goes that shows `ms` at each place; each tour is in a part of the film of its own. */
function places(ms: number, tour: number): readonly number[] {
  const shown = (ms / 1000) * RATE;
  const start = tour * (3 * shown + FORWARD);
  const forward = start + shown + FORWARD;
  return [start, forward, forward + shown + BACK];
}

/** Plays, jumps 300 MB on, jumps 50 MB back. */
export function player(options: { readonly ms: number; readonly rounds: number }): Comparison {
  return {
    name: 'player',
    title: `Player: ${options.ms / 1000} s at 8 MB/s, +300 MB, −50 MB; 128 KiB reads, 2 s of buffer; link known`,
    goal: GOAL,
    columns: COLUMNS,
    films: 1,
    rounds: options.rounds,
    baseline: { measure: (raw, films) => rawJumps(raw, pick(films), options.ms) },
    prepare: (side, films) => knowLinks(side, films.slice(0, 1)),
    async run(side, films, tally) {
      const film = pick(films);
      const tour = await withFilm(side.at(film.path), film, tally, (file) => playTour(file, options.ms, 0));
      return valuesOf([tour]);
    },
  };
}

/** The same while a scanner reads the heads of many films, four at a time: each costs a call for its link. */
export function playerBesideScanner(options: { readonly ms: number; readonly scanned: number }): Comparison {
  return {
    name: 'player-scan',
    title: `The same player while a scanner reads 64 KiB of ${options.scanned} files, 4 at a time`,
    goal: 'the player never stalls',
    columns: [...COLUMNS, { key: 'scan', heading: 'scan s', digits: 1 }],
    films: 1 + options.scanned,
    rounds: 1,
    baseline: { measure: (raw, films) => rawJumps(raw, pick(films), options.ms) },
    prepare: (side, films) => knowLinks(side, films.slice(0, 1)),
    async run(side, films, tally) {
      const film = pick(films);
      const scan = scanTime(side, films.slice(1), tally);
      let scanning = true;
      const ended = scan.finally(() => (scanning = false));
      const tours = await withFilm(side.at(film.path), film, tally, async (file) => {
        const shown: Playing[][] = [];
        do shown.push(await playTour(file, options.ms, shown.length));
        while (scanning);
        return shown;
      });
      return { ...valuesOf(tours), scan: await ended };
    },
  };
}

async function playTour(file: OpenFilm, ms: number, tour: number): Promise<Playing[]> {
  const scenes: Playing[] = [];
  for (const start of places(ms, tour)) scenes.push(await play(file, { start, rate: RATE, ms }));
  return scenes;
}

async function rawJumps(
  raw: RawClient,
  film: Film,
  ms: number,
): Promise<{ readonly values: Values; readonly wanted: number }> {
  const { url } = await raw.link(film);
  const times: number[] = [];
  for (const start of places(ms, 0)) times.push((await fetchRange(url, start, MIB)).took);
  const [start = NaN, forward = NaN, back = NaN] = times;
  return { values: { start, forward, back }, wanted: times.length * MIB };
}

/** Seconds. */
async function scanTime(side: Side, films: readonly Film[], tally: Tally): Promise<number> {
  const began = performance.now();
  await inParallel(films, 4, async (film) => {
    await withFilm(side.at(film.path), film, tally, (file) => file.read(0, HEAD));
  });
  return (performance.now() - began) / 1000;
}

function valuesOf(tours: readonly (readonly Playing[])[]): Values {
  const firstMebibyte = (place: number): number =>
    median(tours.map((scenes) => scenes[place]?.firstMebibyte ?? NaN));
  return {
    start: firstMebibyte(0),
    forward: firstMebibyte(1),
    back: firstMebibyte(2),
    stalls: sum(tours.flat().map(({ stalls }) => stalls)),
  };
}

/** Runs the work for each item, `parallel` at a time, in order. */
async function inParallel<T>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}
