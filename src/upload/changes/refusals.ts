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

  add({ kind, path }: ChangeRow, reason: string, at: number): void {
    this.#refused.push({ kind, path, reason, at });
    if (this.#refused.length > KEPT) this.#refused.shift();
  }

  list(): readonly RefusedChange[] {
    return [...this.#refused];
  }
}
