import { type FileHandle, open } from 'node:fs/promises';
import type { Clock, Timer } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { diskError } from './disk-error.js';

/** Milliseconds after its last use until an open file is closed. */
const IDLE = 5000;
/** The same when it has no name any more: nobody could open it again. */
const IDLE_WITHOUT_NAME = 60_000;

/** The spool file while it is used: opened when needed, kept open while programs have it open for writing. */
export class SpoolDescriptor {
  readonly path: string;
  readonly #clock: Clock;
  #file: Promise<FileHandle> | null;
  #users = 0;
  #holders = 0;
  #named = true;
  #timer: Timer | null = null;

  /** `file`: open already. */
  constructor(clock: Clock, path: string, file: FileHandle | null = null) {
    this.#clock = clock;
    this.path = path;
    this.#file = file === null ? null : Promise.resolve(file);
  }

  /** Whether the file is open, or will be. */
  get open(): boolean {
    return this.#file !== null || this.#holders > 0;
  }

  /** Runs work on the open file. Rejects with FsError: ESTALE when it was closed after it lost its name. */
  async use<T>(work: (file: FileHandle) => Promise<T>): Promise<T> {
    this.#users += 1;
    this.#timer?.cancel();
    try {
      return await work(await this.#open());
    } catch (error) {
      throw diskError(error, this.path);
    } finally {
      this.#users -= 1;
      this.#rest();
    }
  }

  /** Somebody has it open for long. */
  hold(): void {
    this.#holders += 1;
    this.#timer?.cancel();
  }

  letGo(): void {
    this.#holders -= 1;
    this.#rest();
  }

  /** It is about to lose its name: those who hold it keep the bytes. Rejects with FsError. */
  async loseName(): Promise<void> {
    if (this.#holders > 0) await this.use(() => Promise.resolve());
    this.#named = false;
    this.#rest();
  }

  /** It has its name again. */
  regainName(): void {
    this.#named = true;
    this.#rest();
  }

  /** Closes it unless somebody uses or holds it. */
  async closeIdle(): Promise<void> {
    if (this.#users === 0 && this.#holders === 0) await this.close();
  }

  /** Closes it, whoever holds it. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    const file = this.#file;
    this.#file = null;
    // What could not be opened was told to whoever wanted it.
    const opened = await file?.catch(() => null);
    await opened?.close();
  }

  async #open(): Promise<FileHandle> {
    if (this.#file === null) {
      if (!this.#named) throw new FsError('ESTALE', `${this.path}: the file was removed`, { reason: 'gone' });
      this.#file = open(this.path, 'r+');
    }
    const file = this.#file;
    try {
      return await file;
    } catch (error) {
      if (this.#file === file) this.#file = null;
      throw error;
    }
  }

  #rest(): void {
    if (this.#users > 0 || this.#holders > 0 || this.#file === null) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(this.#named ? IDLE : IDLE_WITHOUT_NAME, () => {
      // What was to be on the disk was synced, and heard of, before.
      void this.close().catch(() => undefined);
    });
  }
}
