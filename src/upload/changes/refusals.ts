import type { ChangeRow } from '../journal/rows.js';

/** A change that the cloud did not take; it was put back, or waits. */
export interface RefusedChange {
  readonly kind: ChangeRow['kind'];
  /** Inside the drive. */
  readonly path: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const KEPT = 100;

/** The changes that were put back lately, for people. */
export class Refusals {
  readonly #refused: RefusedChange[] = [];
  readonly #onAdded: (change: RefusedChange) => void;

  constructor(onAdded: (change: RefusedChange) => void = () => undefined) {
    this.#onAdded = onAdded;
  }

  add({ kind, path }: ChangeRow, reason: string, at: number): void {
    const change = { kind, path, reason, at };
    this.#refused.push(change);
    if (this.#refused.length > KEPT) this.#refused.shift();
    this.#onAdded(change);
  }

  list(): readonly RefusedChange[] {
    return [...this.#refused];
  }
}
