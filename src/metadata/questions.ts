import type { Driver } from '../driver/driver.js';
import type { Entry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import type { KnownDirectory } from './known-node.js';
import { entriesOf, type Listing } from './listing.js';
import { pathOf } from './node.js';
import type { Pins } from './pins.js';
import { sameIds, takesTooMuch } from './sanity.js';

/** Asks the cloud what is in a directory, and once more when the answer is hard to believe. */
export class Questions {
  readonly #driver: Driver;
  readonly #pins: Pins;
  /** Answers that would take too much, until they are heard again. */
  readonly #suspects = new Map<string, ReadonlySet<string>>();

  constructor(driver: Driver, pins: Pins) {
    this.#driver = driver;
    this.#pins = pins;
  }

  /**
   * All children of a directory. An answer that would take too much from what is known counts only when it is heard
   * twice; `progress` is told of every page. Rejects as Driver.list does, and with EIO when the cloud contradicts
   * itself.
   */
  async ask(
    directory: KnownDirectory,
    known: Listing | null,
    call: Call,
    progress: () => void,
  ): Promise<readonly Entry[]> {
    if (known === null) return await this.#collect(directory, call, progress);
    const { id } = directory.entry;
    // What was changed here the cloud may list otherwise without having lost anything.
    const unpinned = entriesOf(known).filter((entry) => this.#pins.get(entry.id) === undefined);
    const before = new Set(unpinned.map((entry) => entry.id));
    for (let question = 1; question <= 2; question += 1) {
      const entries = await this.#collect(directory, call, progress);
      const answer = new Set(entries.map((entry) => entry.id));
      const suspect = this.#suspects.get(id);
      if (!takesTooMuch(before, answer) || (suspect !== undefined && sameIds(suspect, answer))) {
        this.#suspects.delete(id);
        return entries;
      }
      this.#suspects.set(id, answer);
    }
    const message = `${pathOf(directory)}: the cloud lists far fewer entries than before, and others each time`;
    throw new FsError('EIO', message, { reason: 'reply' });
  }

  async #collect(directory: KnownDirectory, call: Call, progress: () => void): Promise<Entry[]> {
    const entries: Entry[] = [];
    for await (const page of this.#driver.list(directory.entry, call)) {
      for (const entry of page) entries.push(entry);
      progress();
    }
    // Half a directory must never count as one, also when the pages end in silence after an abort.
    call.signal.throwIfAborted();
    return entries;
  }
}
