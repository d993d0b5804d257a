import { open } from 'node:fs/promises';

/** Makes sure of the names in a directory. Who asks while it is under way shares the next round. */
export class DirectorySync {
  readonly #path: string;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when all names that are there now survive a power cut. Rejects as the system does. */
  async run(): Promise<void> {
    this.#next ??= this.#after(this.#current);
    await this.#next;
  }

  async #after(current: Promise<void>): Promise<void> {
    // Those who asked for it hear of its failure.
    await current.catch(() => undefined);
    const round = this.#sync();
    this.#current = round;
    this.#next = null;
    await round;
  }

  async #sync(): Promise<void> {
    const directory = await open(this.#path, 'r');
    await directory.sync().finally(() => directory.close());
  }
}
