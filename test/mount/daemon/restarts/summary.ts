import type { Failure, ReaderReport } from './restless-reader.js';
import type { Cause, RunRecord } from './run-record.js';

/** What all readers of a run report together. */
export class Summary {
  readonly #reports: readonly ReaderReport[];
  readonly #record: RunRecord;

  constructor(reports: readonly ReaderReport[], record: RunRecord) {
    this.#reports = reports;
    this.#record = record;
  }

  get reads(): number {
    return this.#reports.reduce((sum, { reads }) => sum + reads, 0);
  }

  get bytes(): number {
    return this.#reports.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Reads of the reader that got the fewest. */
  get fewest(): number {
    return Math.min(...this.#reports.map(({ reads }) => reads));
  }

  /** Milliseconds. */
  get slowest(): number {
    return Math.max(...this.#reports.map(({ slowest }) => slowest));
  }

  get wrong(): readonly string[] {
    return this.#reports.flatMap(({ wrong }) => wrong);
  }

  /** Numbers of the files that somebody has read. */
  get files(): ReadonlySet<number> {
    return new Set(this.#reports.flatMap(({ files }) => files));
  }

  /** Failed calls by cause and errno. */
  get failures(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const failure of this.#failures) {
      const key = `${this.#record.causeOf(failure)} ${failure.errno}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  failuresOf(cause: Cause): readonly Failure[] {
    return this.#failures.filter((failure) => this.#record.causeOf(failure) === cause);
  }

  /** Opens that showed what a refresh had already replaced. */
  get tooOld(): readonly unknown[] {
    return this.#reports.flatMap(({ seen }) => seen).filter((seen) => this.#record.isTooOld(seen));
  }

  /** Opens of replaced files that showed a later version than the first. */
  get seenNew(): number {
    return this.#reports.flatMap(({ seen }) => seen).filter(({ newest }) => newest > 0).length;
  }

  get #failures(): readonly Failure[] {
    return this.#reports.flatMap(({ failures }) => failures);
  }
}
