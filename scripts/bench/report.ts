import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg, release } from 'node:os';
import { formatTable } from '../../src/cli/table.js';
import type { Column, PartResult, Row } from './figures.js';
import { rcloneVersion } from './rclone-side.js';

/** Where and when the figures were measured. */
export interface Circumstances {
  readonly date: string;
  readonly node: string;
  readonly kernel: string;
  readonly cores: number;
  readonly memory: string;
  readonly load: number;
  readonly rclone: string | null;
}

export function circumstances(): Circumstances {
  return {
    date: new Date().toISOString(),
    node: process.version,
    kernel: release(),
    cores: availableParallelism(),
    memory: /MemTotal:\s+(.*)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? '',
    load: loadavg()[0] ?? NaN,
    rclone: rcloneVersion(),
  };
}

export function circumstancesText(now: Circumstances): string {
  const { date, node, kernel, cores, memory, load, rclone } = now;
  const other = rclone === null ? 'no rclone' : `rclone ${rclone}`;
  return `${date}: Node ${node}, Linux ${kernel}, ${cores} cores, ${memory}, load ${load.toFixed(1)}, ${other}`;
}

const COST_HEADINGS = [
  'sent MB',
  'sent/wanted',
  'calls',
  '403',
  'link',
  'account',
  'errors',
  'CPU %',
  'RAM MB',
] as const;

/** One part as a table: a line a side; multiples of the plain requests of the same round in parentheses. */
export function partText({ title, goal, columns, rows }: PartResult): string {
  const headings = ['', ...columns.map(({ heading }) => heading), ...COST_HEADINGS];
  const lines = rows.map((row) => [
    row.side,
    ...columns.map((column) => cell(row, column)),
    ...costCells(row),
  ]);
  const notes = rows.flatMap(({ side, note }) => (note === null ? [] : [`  ${side}: ${note}`]));
  return [
    title,
    ...(goal === null ? [] : [`  to reach: ${goal}`]),
    formatTable(headings, lines),
    ...notes,
    '',
  ].join('\n');
}

function cell({ values, ratios }: Row, { key, digits }: Column): string {
  const value = values[key];
  const ratio = ratios[key];
  if (value === undefined || Number.isNaN(value)) return '–';
  const text = value.toFixed(digits);
  return ratio === undefined || Number.isNaN(ratio) ? text : `${text} (${ratio.toFixed(2)})`;
}

function costCells({ cost }: Row): string[] {
  const errors = cost.wrong === 0 ? String(cost.errors) : `${cost.errors} and ${cost.wrong} WRONG`;
  return [
    number(cost.sent === null ? null : cost.sent / 1e6, 1),
    number(cost.sentPerWanted, 2),
    number(cost.calls, 0),
    number(cost.refused, 0),
    number(cost.link, 0),
    number(cost.account, 0),
    errors,
    number(cost.load === null ? null : cost.load * 100, 0),
    number(cost.memory === null ? null : cost.memory / 1e6, 0),
  ];
}

function number(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits);
}
