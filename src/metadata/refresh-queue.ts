import type { KnownDirectory } from './known-node.js';

const AT_ONCE = 2;
const LONGEST = 256;

/**
 * Directories to be listed behind, two at a time. A scan over an old tree must not become a queue of hours: when it
 * is full the oldest wish is dropped, and comes back when its directory is looked at again.
 */
export class RefreshQueue {
  readonly #refresh: (directory: KnownDirectory) => Promise<void>;
  readonly #waiting = new Set<KnownDirectory>();
  #running = 0;

  /** `refresh` must not reject. */
  constructor(refresh: (directory: KnownDirectory) => Promise<void>) {
    this.#refresh = refresh;
  }

  get length(): number {
    return this.#waiting.size + this.#running;
  }

  add(directory: KnownDirectory): void {
    this.#waiting.add(directory);
    const [oldest] = this.#waiting;
    if (this.#waiting.size > LONGEST && oldest !== undefined) this.#waiting.delete(oldest);
    this.#pump();
  }

  clear(): void {
    this.#waiting.clear();
  }

  #pump(): void {
    for (const directory of this.#waiting) {
      if (this.#running >= AT_ONCE) return;
      this.#waiting.delete(directory);
      this.#running += 1;
      void this.#refresh(directory).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
  }
}
