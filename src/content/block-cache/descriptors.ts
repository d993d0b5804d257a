import { type FileHandle, open } from 'node:fs/promises';

interface Descriptor {
  readonly handle: Promise<FileHandle>;
  users: number;
  /** Nobody new may use it: it is closed when its last user goes. */
  retired: boolean;
}

/** Files open for reading, the least recently used closed first, never more than a limit at once. */
export class Descriptors {
  readonly #limit: number;
  /** The least recently used first; without retired ones. */
  readonly #open = new Map<string, Descriptor>();
  #waiting: (() => void)[] = [];
  /** Retired ones included. */
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are open. */
  get count(): number {
    return this.#count;
  }

  /** Runs work on the file at a path, opened when it is not. Rejects as open(2) or the work does. */
  async use<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
    const descriptor = await this.#take(path);
    try {
      return await work(await descriptor.handle);
    } catch (error) {
      // Whatever went wrong, the next use looks at the file at this path anew.
      this.#retire(path, descriptor);
      throw error;
    } finally {
      descriptor.users -= 1;
      this.#settle(descriptor);
    }
  }

  /** The file at this path is another one now, or none: the next use opens it anew. */
  retire(path: string): void {
    const descriptor = this.#open.get(path);
    if (descriptor === undefined) return;
    this.#retire(path, descriptor);
    this.#settle(descriptor);
  }

  /** Closes all; resolves when those in use are closed too. */
  async close(): Promise<void> {
    for (const path of [...this.#open.keys()]) this.retire(path);
    while (this.#count > 0) await this.#change();
  }

  async #take(path: string): Promise<Descriptor> {
    for (;;) {
      const known = this.#open.get(path);
      if (known !== undefined) return this.#touch(path, known);
      if (this.#count < this.#limit) break;
      this.#retireIdle();
      await this.#change();
    }
    this.#count += 1;
    return this.#touch(path, { handle: open(path, 'r'), users: 0, retired: false });
  }

  #touch(path: string, descriptor: Descriptor): Descriptor {
    this.#open.delete(path);
    this.#open.set(path, descriptor);
    descriptor.users += 1;
    return descriptor;
  }

  #retireIdle(): void {
    for (const [path, descriptor] of this.#open) {
      if (descriptor.users === 0) {
        this.retire(path);
        return;
      }
    }
  }

  #retire(path: string, descriptor: Descriptor): void {
    descriptor.retired = true;
    if (this.#open.get(path) === descriptor) this.#open.delete(path);
  }

  #settle(descriptor: Descriptor): void {
    if (descriptor.users > 0) return;
    if (descriptor.retired) void this.#close(descriptor);
    else this.#changed();
  }

  async #close(descriptor: Descriptor): Promise<void> {
    // What could not be opened or closed is no descriptor any more; its user has heard of it.
    await descriptor.handle.then((file) => file.close()).catch(() => undefined);
    this.#count -= 1;
    this.#changed();
  }

  /** Resolves when a descriptor was closed or became idle. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
