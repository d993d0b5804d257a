import type { ErrnoName, FsError } from '../lib/errors.js';

/** The longest waits of the classes by which answers are counted, in milliseconds; longer ones are a class of their own. */
export const TIME_CLASSES: readonly number[] = [
  0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000,
];

/** How the requests of one operation were answered. Only counts: every read passes here. */
export class OperationTally {
  readonly #errors = new Map<ErrnoName, number>();
  readonly #classes: number[] = new Array<number>(TIME_CLASSES.length + 1).fill(0);
  #requests = 0;
  #failures = 0;
  #answered = 0;
  #milliseconds = 0;

  begun(): void {
    this.#requests += 1;
  }

  answered(milliseconds: number, error: FsError | null): void {
    this.#answered += 1;
    this.#milliseconds += milliseconds;
    let index = 0;
    while (index < TIME_CLASSES.length && milliseconds > (TIME_CLASSES[index] ?? 0)) index += 1;
    this.#classes[index] = (this.#classes[index] ?? 0) + 1;
    if (error === null) return;
    this.#errors.set(error.errno, (this.#errors.get(error.errno) ?? 0) + 1);
    if (!error.expected) this.#failures += 1;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Those answered with an error that is not normal life. */
  get failures(): number {
    return this.#failures;
  }

  /** Errors of all kinds. */
  get errors(): ReadonlyMap<ErrnoName, number> {
    return this.#errors;
  }

  /** Answers of both kinds, and the milliseconds that all of them took. */
  get times(): {
    readonly answered: number;
    readonly milliseconds: number;
    readonly classes: readonly number[];
  } {
    return { answered: this.#answered, milliseconds: this.#milliseconds, classes: this.#classes };
  }
}
