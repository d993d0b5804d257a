import type { Comparison } from '../comparison.js';
import type { Tally } from '../open-film.js';
import type { RequestCounts } from '../request-counts.js';
import type { Side } from '../side.js';
import { timedProgram } from '../timed-program.js';

/** Of the library `wide-10000`. */
const FOLDER = 'wide';
const FILES = 10_000;
const OPERATIONS = ['getattr', 'readdirPaged', 'getxattr'] as const;

/** `ls -l` of a large folder that is known, with the kernel's memory dropped and again with it. */
export function listLong(rounds: number): Comparison {
  return {
    name: 'ls-l',
    title: `ls -l of ${FILES} files, the folder known, the kernel’s memory dropped, then again`,
    goal: 'at most 0.4 s with the patched binding, 0 calls',
    columns: [
      { key: 'seconds', heading: 's', digits: 3 },
      { key: 'again', heading: 'again s', digits: 3 },
      ...OPERATIONS.map((name) => ({ key: name, heading: name, digits: 0 })),
    ],
    films: 0,
    rounds,
    roundsOfOthers: rounds,
    async prepare(side) {
      await timedProgram('ls', '-l', side.at(FOLDER));
    },
    async run(side, _films, tally) {
      const before = await side.requests();
      const seconds = await list(side, tally);
      const after = await side.requests();
      return { seconds, again: await list(side, tally), ...requestsBetween(before, after) };
    },
  };
}

async function list(side: Side, tally: Tally): Promise<number> {
  const { seconds, lines } = await timedProgram('ls', '-l', side.at(FOLDER));
  // The first line holds the total.
  if (lines !== FILES + 1) tally.wrong += 1;
  return seconds;
}

function requestsBetween(
  before: RequestCounts | null,
  after: RequestCounts | null,
): Readonly<Record<string, number>> {
  if (before === null || after === null) return {};
  return Object.fromEntries(OPERATIONS.map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]));
}
