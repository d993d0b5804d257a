import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Comparison } from '../comparison.js';
import { type Film } from '../library.js';
import { knowLinks, Tally, withFilm } from '../open-film.js';
import { USER_AGENT } from '../raw-client.js';
import type { Side } from '../side.js';
import { sum } from '../statistics.js';
import { PASSES, type ProbePass } from './probe.js';

const run = promisify(execFile);

/** The real ffprobe on a real MKV and a real MP4 whose index is at the end. */
export function ffprobe(pass: ProbePass): Comparison {
  const { words, goal } = PASSES[pass];
  return {
    name: `ffprobe-${pass}`,
    title: `ffprobe on a real MKV and a real MP4, ${words}`,
    goal,
    columns: [{ key: 'file', heading: 'ms a file', digits: 0, ratio: true }],
    films: 'real',
    rounds: 1,
    baseline: {
      name: 'ffprobe over HTTP',
      async measure(raw, films) {
        const times: number[] = [];
        for (const film of films) {
          const { url } = await raw.link(film);
          times.push(await timedProbe(['-user_agent', USER_AGENT, url]));
        }
        return { values: { file: sum(times) / films.length }, wanted: 0 };
      },
    },
    async prepare(side, films) {
      if (pass === 'first') await knowLinks(side, films);
      else await probeAll(side, films);
      if (pass !== 'restart') return;
      await side.stop();
      await side.start();
      for (const film of films)
        await withFilm(side.at(film.path), film, new Tally(), () => Promise.resolve());
    },
    async run(side, films, tally) {
      try {
        return { file: (await probeAll(side, films)) / films.length };
      } catch (error) {
        tally.failed(error);
        return {};
      }
    },
  };
}

/** Milliseconds for all. */
async function probeAll(side: Side, films: readonly Film[]): Promise<number> {
  const times: number[] = [];
  for (const film of films) times.push(await timedProbe([side.at(film.path)]));
  return sum(times);
}

async function timedProbe(parameters: readonly string[]): Promise<number> {
  const began = performance.now();
  await run('ffprobe', ['-v', 'error', '-show_format', '-show_streams', ...parameters]);
  return performance.now() - began;
}
