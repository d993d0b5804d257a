import { withProcess } from './process-figures.js';
import type { Column, Measurement, PartResult, Row, Values } from './figures.js';
import type { Film } from './library.js';
import { Tally } from './open-film.js';
import { dropKernelCaches } from './page-cache.js';
import type { RawClient } from './raw-client.js';
import type { ReadHouse } from './read-house.js';
import { rowOf } from './rows.js';
import type { Side } from './side.js';
import { withTraffic } from './traffic.js';

/** One thing to measure: how plain requests do it, and how a program reading a mount does it. */
export interface Comparison {
  readonly name: string;
  readonly title: string;
  /** What is to be reached, in words. */
  readonly goal: string | null;
  readonly columns: readonly Column[];
  /** Films that one round reads; no round before has read them. */
  readonly films: number;
  /** Rounds of ours; other programs get one. Medians count. */
  readonly rounds: number;
  /** Plain requests. */
  raw(
    client: RawClient,
    films: readonly Film[],
  ): Promise<{ readonly values: Values; readonly wanted: number }>;
  /** What must be so before the clock starts, such as a known link. */
  prepare?(side: Side, films: readonly Film[]): Promise<void>;
  read(side: Side, films: readonly Film[], tally: Tally): Promise<Values>;
}

/** After this long a measurement is given up, and its program started anew. */
const LIMIT = 20 * 60_000;

/** Measures all sides in turns: in each round plain requests, then ours; the others in the first round. */
export async function compare(house: ReadHouse, comparison: Comparison): Promise<PartResult> {
  const { name, title, goal, columns } = comparison;
  const raw: Measurement[] = [];
  const measured = new Map<Side, Measurement[]>();
  const notes = new Map<Side, string>();
  for (let round = 0; round < comparison.rounds; round += 1) {
    const films = house.library.fresh(comparison.films);
    raw.push(await rawRound(house, comparison, films));
    for (const side of round === 0 ? house.sides : house.sides.slice(0, 1)) {
      const outcome = await sideRound(house, comparison, side, films);
      if (outcome.note !== null) notes.set(side, outcome.note);
      if (outcome.measurement !== null)
        measured.set(side, [...(measured.get(side) ?? []), outcome.measurement]);
    }
  }
  const rows: Row[] = house.sides.map((side) =>
    rowOf(side.name, columns, measured.get(side) ?? [], raw, notes.get(side) ?? null),
  );
  return { part: name, title, goal, columns, rows: [rowOf('plain requests', columns, raw, raw), ...rows] };
}

async function rawRound(
  house: ReadHouse,
  comparison: Comparison,
  films: readonly Film[],
): Promise<Measurement> {
  const { result, traffic } = await withTraffic(house.cloud, () => comparison.raw(house.raw, films));
  return { ...result, errors: 0, wrong: 0, traffic, process: null };
}

async function sideRound(
  house: ReadHouse,
  comparison: Comparison,
  side: Side,
  films: readonly Film[],
): Promise<{ readonly measurement: Measurement | null; readonly note: string | null }> {
  const tally = new Tally();
  const stuck = setTimeout(() => void side.stop(), LIMIT);
  try {
    await comparison.prepare?.(side, films);
    await dropKernelCaches();
    await house.cloud.resetLimits();
    const { result, traffic } = await withTraffic(side.cloud, () =>
      withProcess(side.pid, () => comparison.read(side, films, tally)),
    );
    const { wanted, errors, wrong } = tally;
    const note = tally.codes.size === 0 ? null : `reads failed with ${[...tally.codes].join(', ')}`;
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
