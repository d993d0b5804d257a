import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Comparison } from '../comparison.js';
import { type Film, MIB, pick } from '../library.js';
import { Tally, withFilm } from '../open-film.js';
import { dropKernelCaches } from '../page-cache.js';
import type { Side } from '../side.js';

const run = promisify(execFile);

/** Reads a second time what was read once: with the kernel's pages dropped, then with them. */
export function reread(bytes: number): Comparison {
  return {
    name: 'reread',
    title: `A second read of ${bytes / MIB} MiB: the kernel’s pages dropped, then with them`,
    goal: 'at least 1.3 of rclone’s full cache or 0.90 of dd; with the pages the daemon is asked for nothing',
    columns: [
      { key: 'speed', heading: 'MB/s', digits: 0, ratio: true },
      { key: 'pages', heading: 'with pages', digits: 0 },
      { key: 'asked', heading: 'then asked MB', digits: 1 },
    ],
    films: 1,
    rounds: 1,
    baseline: {
      name: 'dd from the disk',
      async measure() {
        return { values: { speed: await diskSpeed(bytes) }, wanted: 0 };
      },
    },
    async prepare(side, films) {
      await speedOf(side, pick(films), bytes, new Tally());
    },
    async run(side, films, tally) {
      const film = pick(films);
      const speed = await speedOf(side, film, bytes, tally);
      const before = await side.bytesAsked();
      const pages = await speedOf(side, film, bytes, tally);
      const after = await side.bytesAsked();
      return {
        speed,
        pages,
        ...(before === null || after === null ? {} : { asked: (after - before) / 1e6 }),
      };
    },
  };
}

async function speedOf(side: Side, film: Film, bytes: number, tally: Tally): Promise<number> {
  const took = await withFilm(side.at(film.path), film, tally, (file) => file.readThrough(0, bytes, MIB));
  return bytes / 1000 / took;
}

/** Of reading a file of this size, from the disk itself. */
async function diskSpeed(bytes: number): Promise<number> {
  const path = join(tmpdir(), `panfuse-bench-disk-${process.pid}`);
  try {
    const size = [`count=${bytes / MIB}`, 'bs=1M', 'status=none'];
    await run('dd', ['if=/dev/urandom', `of=${path}`, ...size, 'conv=fsync']);
    await dropKernelCaches();
    const began = performance.now();
    await run('dd', [`if=${path}`, 'of=/dev/null', ...size]);
    return bytes / 1000 / (performance.now() - began);
  } finally {
    await rm(path, { force: true });
  }
}
