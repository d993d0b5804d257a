import type { Column, Measurement, Row, Values } from './figures.js';
import { median, sum } from './statistics.js';

/** Fewer bytes wanted than this make no ratio worth showing. */
const MEANINGFUL = 100_000;

/** Puts the rounds of one side together; `raw` are the plain requests of the same rounds. */
export function rowOf(
  side: string,
  columns: readonly Column[],
  rounds: readonly Measurement[],
  raw: readonly Measurement[],
  note: string | null = null,
): Row {
  return {
    side,
    rounds: rounds.length,
    values: byColumn(columns, (key) => median(rounds.map(({ values }) => values[key] ?? NaN))),
    ratios: byColumn(
      columns.filter(({ ratio }) => ratio === true),
      (key) =>
        median(rounds.map(({ values }, round) => (values[key] ?? NaN) / (raw[round]?.values[key] ?? NaN))),
    ),
    cost: costOf(rounds),
    note,
  };
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
