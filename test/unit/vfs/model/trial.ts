import assert from 'node:assert/strict';
import { errnoOf } from './file-system.js';
import { Reference } from './reference.js';
import type { Stage } from './stage.js';

/** What a program is told while the cloud does not answer; trying again is its business. */
const TROUBLES: ReadonlySet<string> = new Set(['EIO', 'EBUSY', 'ETIMEDOUT']);
const TRIES = 12;
const BETWEEN_TRIES = 20_000;

/** The file system under test beside the reference. */
export class Trial {
  readonly stage: Stage;
  readonly reference = new Reference();
  /** Whether programs may hear of trouble. */
  isTroubled = false;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Asks both and compares what they refuse; null for what is refused. */
  async both<T>(expected: () => unknown, actual: () => Promise<T>): Promise<T | null> {
    let refusal: string | null = null;
    try {
      expected();
    } catch (error) {
      refusal = errnoOf(error);
    }
    const answer = await this.answer(async () => {
      try {
        return { errno: null, value: await actual() };
      } catch (error) {
        const errno = errnoOf(error);
        if (errno !== refusal) throw error;
        return { errno, value: null };
      }
    });
    assert.equal(answer.errno, refusal);
    return answer.value;
  }

  /** What the file system answers in the end: a program that hears of trouble tries again. */
  async answer<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.stage.run(ask());
      } catch (error) {
        if (!this.isTroubled || tries === TRIES || !isTrouble(error)) throw error;
        await this.stage.wait(BETWEEN_TRIES);
      }
    }
  }
}

function isTrouble(error: unknown): boolean {
  const { errno, code } = error as { readonly errno?: unknown; readonly code?: unknown };
  return TROUBLES.has(String(code ?? errno));
}
