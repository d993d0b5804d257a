import { randomBytes, randomInt } from 'node:crypto';
import { createHash } from 'node:crypto';
import { expectedBytes } from '../../house/content.js';
import type { KnownContent } from './known-content.js';

/** A question that only who has the bytes can answer (API document, 17.3). */
export interface Challenge {
  readonly key: string;
  readonly sha1: string;
  /** First and last byte, both included. */
  readonly first: number;
  readonly last: number;
  /** How many questions of this upload were answered before. */
  readonly round: number;
}

const LONGEST = 4096;
const KEPT = 10_000;

/** Questions that were asked and not answered yet; each can be answered once. */
export class Challenges {
  #open = new Map<string, Challenge>();

  save(): readonly Challenge[] {
    return [...this.#open.values()];
  }

  load(challenges: readonly Challenge[]): void {
    this.#open = new Map(challenges.map((challenge) => [challenge.key, challenge]));
  }

  ask({ sha1, size }: KnownContent, round: number): Challenge {
    const first = size < 2 ? 0 : randomInt(Math.min(size, 2 ** 47) - 1);
    const last = Math.max(first, Math.min(size - 1, first + randomInt(LONGEST)));
    const key = randomBytes(16).toString('hex').toUpperCase();
    const challenge = { key, sha1, first, last, round };
    this.#open.set(key, challenge);
    for (const old of [...this.#open.keys()].slice(0, -KEPT)) this.#open.delete(old);
    return challenge;
  }

  /** Takes a question back for its answer; null when it was never asked for this content, or answered before. */
  take(key: string, sha1: string): Challenge | null {
    const challenge = this.#open.get(key);
    if (challenge?.sha1 !== sha1) return null;
    this.#open.delete(key);
    return challenge;
  }
}

/** Whether a text is the upper-case SHA-1 of the range. */
export async function isAnswer(
  { first, last }: Challenge,
  { content }: KnownContent,
  answer: string,
): Promise<boolean> {
  const bytes = await expectedBytes(content, first, last - first + 1);
  return createHash('sha1').update(bytes).digest('hex').toUpperCase() === answer;
}
