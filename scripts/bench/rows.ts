import type { Column, Measurement, Row, Values } from './figures.js';
import { median, sum } from './statistics.js';

/** Fewer bytes wanted than this make no ratio worth showing. */
const MEANINGFUL = 100_000;

/** One measurement, and the baseline of the same moment. */
export interface Round {
  readonly measurement: Measurement;
  readonly baseline: Measurement | null;
}

/** Puts the rounds of one side together. */
export function rowOf(
  side: string,
  columns: readonly Column[],
  rounds: readonly Round[],
  note: string | null = null,
): Row {
  const compared = columns.filter(({ ratio }) => ratio === true);
  return {
    side,
    rounds: rounds.length,
    values: byColumn(columns, (key) =>
      median(rounds.map(({ measurement }) => measurement.values[key] ?? NaN)),
    ),
    ratios: byColumn(compared, (key) => median(rounds.map((round) => ratioOf(round, key)))),
    cost: costOf(rounds.map(({ measurement }) => measurement)),
    note,
  };
}

function ratioOf({ measurement, baseline }: Round, key: string): number {
  return (measurement.values[key] ?? NaN) / (baseline?.values[key] ?? NaN);
}

function costOf(rounds: readonly Measurement[]): Row['cost'] {
  const traffic = rounds.map((round) => round.traffic);
  const processes = rounds.flatMap((round) => (round.process === null ? [] : [round.process]));
  const wanted = sum(rounds.map((round) => round.wanted));
  return {
    sent: median(traffic.map(({ sent }) => sent)),
    sentPerWanted: wanted < MEANINGFUL ? null : sum(traffic.map(({ sent }) => sent)) / wanted,
    calls: median(traffic.map(({ calls }) => calls)),
    refused: sum(traffic.map(({ refused }) => refused)),
    link: Math.max(0, ...traffic.map(({ link }) => link)),
    account: Math.max(0, ...traffic.map(({ account }) => account)),
    errors: sum(rounds.map(({ errors }) => errors)),
    wrong: sum(rounds.map(({ wrong }) => wrong)),
    load: processes.length === 0 ? null : median(processes.map(({ load }) => load)),
    memory: processes.length === 0 ? null : Math.max(...processes.map(({ peak }) => peak)),
  };
}

function byColumn(columns: readonly Column[], value: (key: string) => number): Values {
  return Object.fromEntries(columns.map(({ key }) => [key, value(key)]));
}
