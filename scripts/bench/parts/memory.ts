import { type FileHandle, open } from 'node:fs/promises';
import type { Comparison } from '../comparison.js';
import { type Film, IDLE_FILES, idlePath, MIB } from '../library.js';
import { type Tally, withFilm } from '../open-film.js';
import { processFigures } from '../process-figures.js';
import type { Side } from '../side.js';

const STREAMS = 10;
const PIECE = 128 * 1024;

/** What the program holds: with many open files that nobody reads, and with ten streams at once. */
export function memory(bytes: number): Comparison {
  return {
    name: 'memory',
    title: `Memory: ${IDLE_FILES} open files that nobody reads, then ${STREAMS} streams of ${bytes / MIB} MiB at once`,
    goal: 'at most 100 MB more for the idle files, at most 300 MB in all (RAM MB) with the streams',
    columns: [
      { key: 'before', heading: 'before MB', digits: 0 },
      { key: 'idle', heading: 'more when idle', digits: 0 },
      { key: 'speed', heading: 'streams MB/s', digits: 1 },
    ],
    films: STREAMS,
    rounds: 1,
    async run(side, films, tally) {
      const before = processFigures(side.pid).resident / 1e6;
      const idle = await residentWhileOpen(side);
      return { before, idle: idle - before, speed: await streams(side, films, bytes, tally) };
    },
  };
}

/** Megabytes. */
async function residentWhileOpen(side: Side): Promise<number> {
  const files: FileHandle[] = [];
  try {
    for (let index = 0; index < IDLE_FILES; index += 1) files.push(await open(side.at(idlePath(index))));
    return processFigures(side.pid).resident / 1e6;
  } finally {
    for (const file of files) await file.close();
  }
}

/** Megabytes per second of all together. */
async function streams(side: Side, films: readonly Film[], bytes: number, tally: Tally): Promise<number> {
  const began = performance.now();
  await Promise.all(
    films.map((film) =>
      withFilm(side.at(film.path), film, tally, (file) => file.readThrough(0, bytes, PIECE)),
    ),
  );
  return tally.received / 1000 / (performance.now() - began);
}
