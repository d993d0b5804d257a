import { createHash } from 'node:crypto';
import { SeededRandom } from '../../../fakes/fake-env.js';

/** Random choices of one who plays a part in a run; the same for the same seed and part. */
export class Dice {
  readonly #random: SeededRandom;

  constructor(seed: number, part: string) {
    this.#random = new SeededRandom(createHash('sha1').update(`${seed} ${part}`).digest().readUInt32LE());
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.#random.fraction() * limit);
  }

  between(lowest: number, highest: number): number {
    return lowest + this.#random.fraction() * (highest - lowest);
  }

  /** From 1 to `longest`, every order of magnitude as likely as the others. */
  length(longest: number): number {
    return Math.max(1, Math.round(longest ** this.#random.fraction()));
  }

  pick<T>(first: T, ...others: readonly T[]): T {
    return [first, ...others][this.below(others.length + 1)] ?? first;
  }

  shuffled<T>(values: readonly T[]): T[] {
    return values
      .map((value) => ({ value, order: this.#random.fraction() }))
      .sort((one, other) => one.order - other.order)
      .map(({ value }) => value);
  }
}
