import type { SqliteConnection } from './sqlite-connection.js';

/**
 * synced: survives a power cut when it is answered. kept: survives the end of the process, and a power cut from the
 * next `synced` on.
 */
export type Durability = 'synced' | 'kept';

/**
 * one: reads, and at most one statement that changes something. several: only statements, too. alone: whatever it does,
 * it does once, and nothing else belongs to its transaction. The others are run again when a shared transaction fails.
 */
export type Extent = 'one' | 'several' | 'alone';

interface Job {
  readonly durability: Durability;
  readonly extent: Extent;
  readonly work: (connection: SqliteConnection) => Promise<unknown>;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

const MOST_TOGETHER = 500;

/**
 * Runs work on a connection in the order asked, each in a transaction. What waits while another transaction is under
 * way shares the next one, and its wait for the disk.
 */
export class CommitQueue {
  readonly #connection: SqliteConnection;
  readonly #waiting: Job[] = [];
  #running: Promise<void> | null = null;
  #synchronous: Durability | null = null;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** Answers what the work does, once it is committed. */
  run<T>(
    durability: Durability,
    extent: Extent,
    work: (connection: SqliteConnection) => Promise<T>,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ durability, extent, work, resolve, reject });
      this.#running ??= this.#drain().finally(() => {
        this.#running = null;
      });
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #drain(): Promise<void> {
    // What is asked for in the same turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#next());
  }

  #next(): readonly Job[] {
    const alone = this.#waiting.findIndex(({ extent }) => extent === 'alone');
    const sharing = alone === -1 ? this.#waiting.length : alone;
    return this.#waiting.splice(0, Math.min(Math.max(sharing, 1), MOST_TOGETHER));
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    try {
      const answers = await this.#transaction(jobs);
      for (const [index, job] of jobs.entries()) job.resolve(answers[index] as never);
    } catch (error) {
      if (jobs.length === 1) jobs[0]?.reject(error);
      else for (const job of jobs) await this.#commit([job]);
    }
  }

  async #transaction(jobs: readonly Job[]): Promise<readonly unknown[]> {
    await this.#synchronize(jobs.some(({ durability }) => durability === 'synced') ? 'synced' : 'kept');
    const [only] = jobs;
    // A single statement is a transaction by itself.
    if (only?.extent === 'one' && jobs.length === 1) return [await only.work(this.#connection)];
    await this.#connection.run('BEGIN');
    try {
      const answers: unknown[] = [];
      for (const { work } of jobs) answers.push(await work(this.#connection));
      await this.#connection.run('COMMIT');
      return answers;
    } catch (error) {
      // After some errors SQLite has rolled back by itself, and says so here; the first error is the one to tell.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #synchronize(durability: Durability): Promise<void> {
    if (this.#synchronous === durability) return;
    this.#synchronous = null;
    await this.#connection.run(`PRAGMA synchronous=${durability === 'synced' ? 'FULL' : 'NORMAL'}`);
    this.#synchronous = durability;
  }
}
