import type { Traffic } from './traffic.js';

/** A figure of a part: one column of its table. */
export interface Column {
  readonly key: string;
  /** With the unit, such as `MB/s`. */
  readonly heading: string;
  readonly digits: number;
  /** Whether the table shows it as a multiple of what plain requests gave in the same round. */
  readonly ratio?: boolean;
}

export type Values = Readonly<Record<string, number>>;

/** What a reader saw in one measurement. */
export interface Sight {
  readonly values: Values;
  /** Bytes asked for, reads that failed, reads whose bytes were not those of the file. */
  readonly wanted: number;
  readonly errors: number;
  readonly wrong: number;
}

/** One measurement of one side. */
export interface Measurement extends Sight {
  readonly traffic: Traffic;
  /** Share of one core that the program took; bytes of memory it held at most. Null for plain requests. */
  readonly process: { readonly load: number; readonly peak: number } | null;
}

/** One line of a table: the measurements of all rounds put together. */
export interface Row {
  readonly side: string;
  readonly rounds: number;
  readonly values: Values;
  /** By column: median over the rounds of this side's figure divided by that of plain requests. */
  readonly ratios: Values;
  /** What could not be counted is null. */
  readonly cost: {
    /** Bytes of files that the cloud sent in one round. */
    readonly sent: number | null;
    readonly sentPerWanted: number | null;
    readonly calls: number | null;
    readonly refused: number | null;
    readonly link: number | null;
    readonly account: number | null;
    readonly errors: number;
    readonly wrong: number;
    /** Share of one core. */
    readonly load: number | null;
    readonly memory: number | null;
  };
  /** What went wrong with the whole measurement. */
  readonly note: string | null;
}

export interface PartResult {
  readonly part: string;
  readonly title: string;
  readonly goal: string | null;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}
