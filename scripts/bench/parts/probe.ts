import type { Comparison } from '../comparison.js';
import { type Film, MIB } from '../library.js';
import { knowLinks, Tally, withFilm } from '../open-film.js';
import { fetchRange } from '../raw-client.js';
import type { Side } from '../side.js';

const KIB = 1024;
const FILMS = 5;

/** first: only the link is known. second: probed before, the kernel's memory gone. restart: the program began anew since. */
export type ProbePass = 'first' | 'second' | 'restart';

export const PASSES: Readonly<Record<ProbePass, { readonly words: string; readonly goal: string }>> = {
  first: {
    words: 'link known',
    goal: 'at most 1.15 of the plain requests, at most 2.5 MB a file (sent/wanted 1.7)',
  },
  second: { words: 'a second time, the kernel’s memory dropped', goal: '0 calls, 0 bytes' },
  restart: { words: 'a second time, after a restart', goal: '0 calls, 0 bytes' },
};

/** What ffprobe reads of a film, one after another: start and length. */
function pieces(film: Film): readonly (readonly [number, number])[] {
  return [
    [0, 64 * KIB],
    [0, MIB],
    [film.size - 64 * KIB, 64 * KIB],
    [100 * MIB, 256 * KIB],
  ];
}

/** Access as ffprobe's to several films. */
export function probe(pass: ProbePass, rounds: number): Comparison {
  const { words, goal } = PASSES[pass];
  return {
    name: `probe-${pass}`,
    title: `As ffprobe reads (64 KiB head, 1 MiB, 64 KiB tail, 256 KiB at 100 MiB), ${FILMS} files, ${words}`,
    goal,
    columns: [{ key: 'file', heading: 'ms a file', digits: 0, ratio: true }],
    films: FILMS,
    rounds,
    baseline: {
      async measure(raw, films) {
        let took = 0;
        let wanted = 0;
        for (const film of films) {
          const { url } = await raw.link(film);
          for (const [start, length] of pieces(film)) {
            took += (await fetchRange(url, start, length)).took;
            wanted += length;
          }
        }
        return { values: { file: took / FILMS }, wanted };
      },
    },
    async prepare(side, films) {
      if (pass === 'first') await knowLinks(side, films);
      else await probeAll(side, films, new Tally());
      if (pass !== 'restart') return;
      await side.stop();
      await side.start();
      // Names are no part of this measurement.
      for (const film of films)
        await withFilm(side.at(film.path), film, new Tally(), () => Promise.resolve());
    },
    async run(side, films, tally) {
      return { file: (await probeAll(side, films, tally)) / FILMS };
    },
  };
}

/** Milliseconds. */
async function probeAll(side: Side, films: readonly Film[], tally: Tally): Promise<number> {
  const began = performance.now();
  for (const film of films) {
    await withFilm(side.at(film.path), film, tally, async (file) => {
      for (const [start, length] of pieces(film)) await file.read(start, length);
    });
  }
  return performance.now() - began;
}
