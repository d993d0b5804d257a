import { stat } from 'node:fs/promises';
import type { Comparison } from '../comparison.js';
import { KNOWN_TREE } from '../metadata-scene.js';
import { timedProgram } from '../timed-program.js';

const NAMES = ['a', 'b', 'c', 'd'].map((letter) => `${KNOWN_TREE}/missing-${letter}.nfo`);

/** Asks for names that a known folder does not have, as media servers do for posters and subtitles. */
export function missingNames(): Comparison {
  return {
    name: 'missing-names',
    title: `stat of ${NAMES.length} names that a known folder does not have`,
    goal: '0 calls',
    columns: [{ key: 'all', heading: 'ms', digits: 1 }],
    films: 0,
    rounds: 3,
    async prepare(side) {
      await timedProgram('find', side.at(KNOWN_TREE));
    },
    async run(side, _films, tally) {
      const began = performance.now();
      for (const name of NAMES) {
        const outcome = await outcomeOf(side.at(name));
        if (outcome !== 'ENOENT') tally.failed(new Error(outcome));
      }
      return { all: performance.now() - began };
    },
  };
}

async function outcomeOf(path: string): Promise<string> {
  try {
    await stat(path);
    return 'found';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
