import { setTimeout as delay } from 'node:timers/promises';
import type { Comparison } from '../comparison.js';
import { KNOWN_TREE, UNKNOWN_TREE } from '../metadata-scene.js';
import { TREE_FILES, TREE_FOLDERS, treeFolders } from '../name-tree.js';
import type { Tally } from '../open-film.js';
import type { Side } from '../side.js';
import { timedProgram } from '../timed-program.js';

const TREE = `${TREE_FOLDERS} folders with ${TREE_FILES} files`;
/** Calls that a plain client makes at once, and milliseconds between those after them. */
const BURST = 4;
const SPACING = 1000;

/** find over what nobody has listed yet, beside one plain call for each folder at the cloud's rate. */
export function findUnknown(): Comparison {
  return {
    name: 'find-cold',
    title: `find over ${TREE} that nobody has listed yet`,
    goal: `${TREE_FOLDERS} calls`,
    columns: [{ key: 'seconds', heading: 's', digits: 2, ratio: true }],
    films: 0,
    rounds: 1,
    baseline: {
      name: 'plain calls',
      async measure(raw) {
        const folders = await treeFolders(raw.cloud, UNKNOWN_TREE);
        await raw.cloud.resetLimits();
        const began = performance.now();
        for (const [index, folder] of folders.entries()) {
          await delay(Math.max(0, (index + 1 - BURST) * SPACING - (performance.now() - began)));
          await raw.list(folder);
        }
        return { values: { seconds: (performance.now() - began) / 1000 }, wanted: 0 };
      },
    },
    async run(side, _films, tally) {
      return { seconds: await find(side, UNKNOWN_TREE, tally) };
    },
  };
}

/** find over a known tree: with the kernel's memory dropped and again with it, or after a restart of the program. */
export function findKnown(when: 'warm' | 'restart', rounds: number): Comparison {
  const ready = new Map<Side, number>();
  return {
    name: `find-${when}`,
    title: `find over ${TREE}, ${when === 'warm' ? 'known, the kernel’s memory dropped, then again' : 'after a restart'}`,
    goal: when === 'warm' ? '0 calls' : '0 calls, less than 0.3 s',
    columns: [
      { key: 'seconds', heading: 's', digits: 3 },
      { key: 'again', heading: 'again s', digits: 3 },
      ...(when === 'warm' ? [] : [{ key: 'ready', heading: 'mounted after s', digits: 2 }]),
    ],
    films: 0,
    rounds,
    async prepare(side) {
      await timedProgram('find', side.at(KNOWN_TREE));
      if (when === 'warm') return;
      await side.stop();
      const began = performance.now();
      await side.start();
      ready.set(side, (performance.now() - began) / 1000);
    },
    async run(side, _films, tally) {
      const seconds = await find(side, KNOWN_TREE, tally);
      return { seconds, again: await find(side, KNOWN_TREE, tally), ready: ready.get(side) ?? NaN };
    },
  };
}

async function find(side: Side, tree: string, tally: Tally): Promise<number> {
  const { seconds, lines } = await timedProgram('find', side.at(tree));
  if (lines !== TREE_FOLDERS + TREE_FILES) tally.wrong += 1;
  return seconds;
}
