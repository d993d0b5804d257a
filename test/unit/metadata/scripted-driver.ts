import type { Driver, DriverFacts, DownloadLink, Space } from '../../../src/driver/driver.js';
import type { DirectoryEntry, Entry } from '../../../src/driver/entry.js';
import { abortable } from '../../../src/lib/abortable.js';
import type { Call, Urgency } from '../../../src/lib/call.js';
import { FsError } from '../../../src/lib/errors.js';
import { directoryEntry } from './entries.js';

/** A cloud that says what a test tells it to. */
export class ScriptedDriver implements Driver {
  readonly kind = 'scripted';
  readonly facts: DriverFacts = {
    hash: 'sha1',
    nameBytes: 255,
    forbiddenCharacters: '',
    caseSensitive: true,
    immutableContent: true,
    connectionsPerLink: 2,
    listingLag: 0,
  };
  readonly root: DirectoryEntry = directoryEntry('0', 'root', { parentId: '' });
  /** Children by directory id. */
  readonly content = new Map<string, readonly Entry[]>([['0', []]]);
  /** What was asked, in order: `connect`, `list 0`, `stat 5`, `space`. */
  readonly calls: string[] = [];
  readonly urgencies: Urgency[] = [];
  pageSize = 1000;
  /** Thrown by every call while it is set. */
  failure: FsError | null = null;
  /** Answers to come before `content` counts, for one directory or any. */
  readonly lies: (readonly Entry[])[] = [];
  /** Awaited before every page, and before an answer of stat and space. */
  beforePage: (call: Call) => Promise<void> = () => Promise.resolve();
  spaceNow: Space | null = { total: 100, used: 10 };

  get lists(): string[] {
    return this.calls.filter((call) => call.startsWith('list ')).map((call) => call.slice(5));
  }

  async connect(call: Call): Promise<DirectoryEntry> {
    await this.#asked('connect', call);
    return this.root;
  }

  async *list(directory: DirectoryEntry, call: Call): AsyncGenerator<readonly Entry[]> {
    await this.#asked(`list ${directory.id}`, call, false);
    const entries = this.lies.shift() ?? this.content.get(directory.id);
    if (entries === undefined) throw new FsError('ENOENT', 'no such folder', { reason: 'gone' });
    for (let at = 0; at === 0 || at < entries.length; at += this.pageSize) {
      await abortable(call.signal, this.beforePage(call));
      if (this.failure !== null) throw this.failure;
      const page = entries.slice(at, at + this.pageSize);
      if (page.length > 0) yield page;
    }
  }

  async stat(entry: Entry, call: Call): Promise<Entry | null> {
    await this.#asked(`stat ${entry.id}`, call);
    for (const entries of this.content.values()) {
      const found = entries.find((one) => one.id === entry.id);
      if (found !== undefined) return found;
    }
    return null;
  }

  link(): Promise<DownloadLink> {
    return Promise.reject(new FsError('EOPNOTSUPP', 'no links here'));
  }

  async space(call: Call): Promise<Space | null> {
    await this.#asked('space', call);
    return this.spaceNow;
  }

  async #asked(what: string, call: Call, waits = true): Promise<void> {
    this.calls.push(what);
    this.urgencies.push(call.urgency);
    call.signal.throwIfAborted();
    if (waits) await abortable(call.signal, this.beforePage(call));
    if (this.failure !== null) throw this.failure;
  }
}

/** The cloud as it looks when it refuses. */
export function outage(): FsError {
  return new FsError('ETIMEDOUT', 'the cloud does not answer', { reason: 'network' });
}
