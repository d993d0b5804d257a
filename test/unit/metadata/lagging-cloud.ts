import type { DownloadLink, Driver, DriverFacts, Space } from '../../../src/driver/driver.js';
import type { DirectoryEntry, Entry } from '../../../src/driver/entry.js';
import type { Call } from '../../../src/lib/call.js';
import type { Clock, Random } from '../../../src/lib/env.js';
import { FsError } from '../../../src/lib/errors.js';
import { directoryEntry } from './entries.js';

/** How long, in milliseconds, listings may be behind. */
export const LAG = 10_000;
const LONGEST_LISTING = 4000;

interface State {
  readonly since: number;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A cloud whose listings take their time and show how it was at some moment of the last ten seconds. */
export class LaggingCloud implements Driver {
  readonly kind = 'lagging';
  readonly facts: DriverFacts = {
    hash: 'sha1',
    nameBytes: 255,
    forbiddenCharacters: '',
    caseSensitive: true,
    immutableContent: true,
    connectionsPerLink: 2,
    listingLag: LAG,
  };
  readonly root: DirectoryEntry = directoryEntry('0', 'root', { parentId: '' });
  lists = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #states: State[];

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#states = [{ since: -Infinity, entries: new Map() }];
  }

  /** As it is now. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#states.at(-1)?.entries ?? new Map<string, Entry>();
  }

  childrenOf(id: string): Entry[] {
    return [...this.entries.values()].filter(({ parentId }) => parentId === id);
  }

  put(entry: Entry): void {
    this.#states.push({
      since: this.#clock.monotonic(),
      entries: new Map(this.entries).set(entry.id, entry),
    });
  }

  /** Removes an entry with all that is below it. */
  remove(id: string): void {
    for (const child of this.childrenOf(id)) this.remove(child.id);
    const entries = new Map(this.entries);
    entries.delete(id);
    this.#states.push({ since: this.#clock.monotonic(), entries });
  }

  connect(): Promise<DirectoryEntry> {
    return Promise.resolve(this.root);
  }

  async *list(directory: DirectoryEntry, call: Call): AsyncGenerator<readonly Entry[]> {
    this.lists += 1;
    const moment = this.#clock.monotonic() - Math.floor(this.#random.fraction() * LAG);
    const seen = this.#states.findLast(({ since }) => since <= moment)?.entries.values() ?? [];
    const children = [...seen].filter(({ parentId }) => parentId === directory.id);
    await this.#clock.sleep(Math.floor(this.#random.fraction() * LONGEST_LISTING), call.signal);
    if (directory.id !== this.root.id && !this.entries.has(directory.id)) {
      throw new FsError('ENOENT', 'no such folder', { reason: 'gone' });
    }
    for (const child of children) yield [child];
  }

  stat({ id }: Entry): Promise<Entry | null> {
    return Promise.resolve(this.entries.get(id) ?? null);
  }

  link(): Promise<DownloadLink> {
    return Promise.reject(new FsError('EOPNOTSUPP', 'no links here'));
  }

  space(): Promise<Space | null> {
    return Promise.resolve(null);
  }
}
