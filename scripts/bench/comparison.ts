import type { CloudProcess } from '../../test/clouds/process.js';
import type { Column, Measurement, PartResult, Values } from './figures.js';
import type { Film, Library } from './library.js';
import { Tally } from './open-film.js';
import { dropKernelCaches } from './page-cache.js';
import { withProcess } from './process-figures.js';
import type { RawClient } from './raw-client.js';
import { type Round, rowOf } from './rows.js';
import type { Side } from './side.js';
import { withTraffic } from './traffic.js';

/** How the same is done without a mount. */
export interface Baseline {
  /** For the table; `plain requests` by default. */
  readonly name?: string;
  measure(
    client: RawClient,
    films: readonly Film[],
    scene: Scene,
  ): Promise<{ readonly values: Values; readonly wanted: number }>;
}

/** Where a comparison takes place. */
export interface Scene {
  readonly cloud: CloudProcess;
  readonly raw: RawClient;
  readonly films: Pick<Library, 'fresh' | 'freshAndLone' | 'real'>;
  /** Ours first; all mounted. */
  readonly sides: readonly Side[];
  /** For files that parts make; it goes with the scene. */
  readonly folder: string;
}

/** One thing to measure: how it is done without a mount, and what programs that use a mount see. */
export interface Comparison {
  readonly name: string;
  readonly title: string;
  /** What is to be reached, in words. */
  readonly goal: string | null;
  readonly columns: readonly Column[];
  /** Films that one round reads; no round before has read them. `real`: those made by ffmpeg, in each round. */
  readonly films: number | 'real';
  /** Each film lies in a folder of its own, so that nobody can guess which is opened next. */
  readonly lone?: true;
  /** Rounds of ours; others get one unless it says how many. Medians count. */
  readonly rounds: number;
  readonly roundsOfOthers?: number;
  /** Others do not take part: what is measured is not to be seen from outside, or only ours does it. */
  readonly onlyOurs?: true;
  /** What the kernel remembers stays: nothing of what is measured can be in it. */
  readonly warm?: true;
  /** What the rows are compared with. */
  readonly baseline?: Baseline;
  /** What must be so before the clock starts, such as a known link. */
  prepare?(side: Side, films: readonly Film[], scene: Scene): Promise<void>;
  /** What programs see through the mount. */
  run(side: Side, films: readonly Film[], tally: Tally, scene: Scene): Promise<Values>;
}

/** After this long a measurement is given up, and its program started anew. */
const LIMIT = 20 * 60_000;

/** Measures all sides in turns: in each round the baseline, then ours, and the others while they have rounds left. */
export async function compare(scene: Scene, comparison: Comparison): Promise<PartResult> {
  const { name, title, goal, columns, baseline } = comparison;
  const sides = comparison.onlyOurs === true ? scene.sides.slice(0, 1) : scene.sides;
  const baselines: Round[] = [];
  const measured = new Map<Side, Round[]>();
  const notes = new Map<Side, string>();
  for (let round = 0; round < comparison.rounds; round += 1) {
    const films = filmsOf(scene, comparison);
    const own = baseline === undefined ? null : await baselineRound(scene, comparison, baseline, films);
    if (own !== null) baselines.push({ measurement: own, baseline: own });
    const others = round < (comparison.roundsOfOthers ?? 1);
    for (const side of others ? sides : sides.slice(0, 1)) {
      const { measurement, note } = await sideRound(scene, comparison, side, films);
      if (note !== null) notes.set(side, note);
      if (measurement === null) continue;
      measured.set(side, [...(measured.get(side) ?? []), { measurement, baseline: own }]);
    }
  }
  const rows = sides.map((side) =>
    rowOf(side.name, columns, measured.get(side) ?? [], notes.get(side) ?? null),
  );
  const first = baseline === undefined ? [] : [rowOf(baseline.name ?? 'plain requests', columns, baselines)];
  return { part: name, title, goal, columns, rows: [...first, ...rows] };
}

function filmsOf({ films }: Scene, comparison: Comparison): readonly Film[] {
  const count = comparison.films;
  if (count !== 'real') return comparison.lone === true ? films.freshAndLone(count) : films.fresh(count);
  if (films.real.length === 0) throw new Error(`${comparison.name} needs ffmpeg: run scripts/setup`);
  return films.real;
}

async function baselineRound(
  scene: Scene,
  { warm }: Comparison,
  baseline: Baseline,
  films: readonly Film[],
): Promise<Measurement> {
  if (warm !== true) await dropKernelCaches();
  const { result, traffic } = await withTraffic(scene.cloud, () => baseline.measure(scene.raw, films, scene));
  return { ...result, errors: 0, wrong: 0, traffic, process: null };
}

async function sideRound(
  scene: Scene,
  comparison: Comparison,
  side: Side,
  films: readonly Film[],
): Promise<{ readonly measurement: Measurement | null; readonly note: string | null }> {
  const tally = new Tally();
  const stuck = setTimeout(() => void side.stop(), LIMIT);
  try {
    await comparison.prepare?.(side, films, scene);
    if (comparison.warm !== true) await dropKernelCaches();
    await scene.cloud.resetLimits();
    const { result, traffic } = await withTraffic(side.cloud, () =>
      withProcess(side.pid, () => comparison.run(side, films, tally, scene)),
    );
    const { wanted, errors, wrong } = tally;
    const note = tally.codes.size === 0 ? null : `failed with ${[...tally.codes].join(', ')}`;
    const { result: values, process } = result;
    return { measurement: { values, wanted, errors, wrong, traffic, process }, note };
  } catch (error) {
    await side.stop();
    await side.start();
    return { measurement: null, note: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(stuck);
  }
}
