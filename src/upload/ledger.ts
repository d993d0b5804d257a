import type { Env } from '../lib/env.js';
import { KeyedMutex } from '../lib/keyed-mutex.js';
import type { JournalRows } from './journal/journal-rows.js';
import type { NameTree } from './name-tree.js';
import type { Bell } from './queue/bell.js';

/** What the queue uses of the journal. */
export interface UploadJournal extends JournalRows {
  transaction<T>(work: (rows: JournalRows) => Promise<T>): Promise<T>;
}

/** What one step writes down, and what follows from it. */
export interface Step {
  /** To the journal: all of it, or nothing when one rejects. */
  record(work: (rows: JournalRows) => Promise<unknown>): void;
  /** In memory, once the journal has it. Must not throw. */
  then(effect: () => void): void;
  /** To what programs see, once the journal has it: all in the same turn. */
  show(work: (tree: NameTree) => Promise<void>): void;
}

/**
 * Changes what is owed, one step after the other: first the journal in one transaction, then memory, then what
 * programs see.
 */
export class Ledger {
  readonly #env: Env;
  readonly #mutex = new KeyedMutex();
  readonly #journal: UploadJournal;
  readonly #tree: NameTree;
  readonly #bell: Bell;

  /** `bell` is rung after each step, when all of it is in memory. */
  constructor(env: Env, journal: UploadJournal, tree: NameTree, bell: Bell) {
    this.#bell = bell;
    this.#env = env;
    this.#journal = journal;
    this.#tree = tree;
  }

  /**
   * `plan` looks at what is owed and says what changes; nobody else changes it meanwhile. Answers and rejects as `plan`
   * does, and rejects with FsError, nothing having changed, when the journal cannot be written.
   */
  async step<T>(plan: (step: Step) => T | Promise<T>): Promise<T> {
    return await this.#mutex.run('step', async () => {
      const records: ((rows: JournalRows) => Promise<unknown>)[] = [];
      const effects: (() => void)[] = [];
      const shows: ((tree: NameTree) => Promise<void>)[] = [];
      const answer = await plan({
        record: (work) => void records.push(work),
        then: (effect) => void effects.push(effect),
        show: (work) => void shows.push(work),
      });
      if (records.length > 0) {
        await this.#journal.transaction(async (rows) => {
          for (const record of records) await record(rows);
        });
      }
      for (const effect of effects) effect();
      this.#bell.ring();
      await this.#show(shows);
      return answer;
    });
  }

  /** It is owed by now, whether programs see it or not: a failure changes nothing of that. */
  async #show(shows: readonly ((tree: NameTree) => Promise<void>)[]): Promise<void> {
    const shown = await Promise.allSettled(shows.map((show) => show(this.#tree)));
    for (const outcome of shown) {
      if (outcome.status === 'fulfilled') continue;
      this.#env.log.error('a change is not shown before the cloud lists it', {
        error: outcome.reason as unknown,
      });
    }
  }
}
