import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CloudProcess } from '../../../test/clouds/process.js';
import type { Comparison } from '../comparison.js';
import { type Film, MIB, pick } from '../library.js';
import { knowLinks, type Tally, withFilm } from '../open-film.js';
import { makeRandomFile } from '../random-file.js';
import type { Side } from '../side.js';
import { timedProgram } from '../timed-program.js';

interface BesideOptions {
  /** Bytes of each read, and of the upload, which must outlast one. */
  readonly read: number;
  readonly upload: number;
  readonly rounds: number;
}

/** Milliseconds until an upload must have begun to send. */
const BEGIN_LIMIT = 120_000;
/** Bytes sent of an upload that is under way for good. */
const UNDER_WAY = 4 * MIB;

/** The same read with nothing else to do, and beside an upload. */
export function readBesideUpload({ read, upload, rounds }: BesideOptions): Comparison {
  return {
    name: 'read-beside-upload',
    title: `Sequential read of ${read / MIB} MiB, alone and beside an upload, median of ${rounds}`,
    goal: 'at least 0.90 of the speed alone',
    columns: [
      { key: 'alone', heading: 'alone MB/s', digits: 1 },
      { key: 'beside', heading: 'beside MB/s', digits: 1 },
      { key: 'kept', heading: 'kept', digits: 3 },
      { key: 'upload', heading: 'upload MB/s meanwhile', digits: 1 },
    ],
    films: 2,
    rounds,
    onlyOurs: true,
    prepare: knowLinks,
    async run(side, films, tally, { cloud, folder }) {
      const alone = await readSpeed(side, pick(films, 0), read, tally);
      const source = join(folder, 'beside.bin');
      const target = side.at('beside.bin');
      makeRandomFile(source, upload);
      await timedProgram('cp', source, target);
      await sending(cloud);
      const before = { sent: await received(cloud), at: performance.now() };
      const beside = await readSpeed(side, pick(films, 1), read, tally);
      const sent = (await received(cloud)) - before.sent;
      const seconds = (performance.now() - before.at) / 1000;
      await Promise.all([rm(source), rm(target)]);
      await side.drained();
      return { alone, beside, kept: beside / alone, upload: sent / 1e6 / seconds };
    },
  };
}

/** Megabytes a second. */
async function readSpeed(side: Side, film: Film, bytes: number, tally: Tally): Promise<number> {
  const took = await withFilm(side.at(film.path), film, tally, (file) => file.readThrough(0, bytes, MIB));
  return bytes / 1000 / took;
}

/** Resolves when an upload that was queued is under way. */
async function sending(cloud: CloudProcess): Promise<void> {
  await cloud.clearStorageFigures();
  const end = performance.now() + BEGIN_LIMIT;
  while ((await received(cloud)) < UNDER_WAY) {
    if (performance.now() > end) throw new Error('the upload did not begin');
    await delay(50);
  }
}

async function received(cloud: CloudProcess): Promise<number> {
  return (await cloud.storageFigures()).bytesReceived;
}
