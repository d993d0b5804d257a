import { LRUCache } from 'lru-cache';
import type { DownloadLink, LinkOptions } from '../driver/driver.js';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import type { LinkOwner, LinkSource } from './link.js';
import { LinkBatch } from './link-batch.js';

/** Where links are kept, and what is known of them there. */
export interface LinkShelf {
  keyOf(owner: LinkOwner): string;
  /** Whether it has no usable link in memory, and nobody asks for one or has just failed to. */
  isWanting(owner: LinkOwner): boolean;
  /** Those that have no usable link, in memory or stored. Never rejects. */
  lacking(owners: readonly LinkOwner[]): Promise<readonly LinkOwner[]>;
  keep(owner: LinkOwner, link: DownloadLink): void;
}

export interface LinksAheadOptions {
  /** Files that are asked for at once at most; 0 for none. */
  readonly most: number;
  readonly link: LinkOptions;
}

/** Files that are read one after another: when one of them needs a link, the others soon will. */
interface Expectation {
  readonly source: LinkSource;
  readonly files: readonly FileEntry[];
  /** On the monotonic clock. */
  readonly until: number;
}

/** Milliseconds for which files are expected to be opened. */
const EXPECTED = 600_000;
/** Milliseconds for which a file that the cloud gave no link for is not asked for again. */
const LEFT_OUT = 300_000;
/** Milliseconds for which nothing is asked for an account after it failed. */
const REST = 60_000;
const FILES_REMEMBERED = 4096;

/**
 * Asks for links before they are needed: of many files in one call, at most one call at a time for an account.
 * Nothing fails here but the links that were hoped for: whoever needs one asks for it himself.
 */
export class LinksAhead {
  readonly #env: Env;
  readonly #shelf: LinkShelf;
  readonly #options: LinksAheadOptions;
  readonly #expected = new LRUCache<string, Expectation>({ max: FILES_REMEMBERED });
  /** Until when, by the key of the link. */
  readonly #leftOut = new LRUCache<string, number>({ max: FILES_REMEMBERED });
  /** Until when, by account. */
  readonly #resting = new Map<string, number>();
  /** Accounts that are being asked. */
  readonly #asking = new Set<string>();
  /** What is to be asked next, by account. */
  readonly #next = new Map<string, Expectation>();
  readonly #running = new Set<Promise<void>>();
  readonly #arriving = new Map<string, LinkBatch>();
  readonly #closing = new AbortController();

  constructor(env: Env, shelf: LinkShelf, options: LinksAheadOptions) {
    this.#env = env;
    this.#shelf = shelf;
    this.#options = options;
  }

  /** How many files are worth expecting at once. */
  horizon({ driver }: LinkSource): number {
    return Math.min(this.#options.most, driver.links?.limit ?? 1);
  }

  /** Asks for the links of these files as soon as one of them is needed. */
  expect(source: LinkSource, files: readonly FileEntry[]): void {
    if (this.horizon(source) === 0) return;
    const expectation = { source, files, until: this.#env.clock.monotonic() + EXPECTED };
    for (const file of files) this.#expected.set(this.#shelf.keyOf({ ...source, file }), expectation);
  }

  /** A link was needed: now those of the files that were expected with this one are asked for. */
  needed(key: string): void {
    const expectation = this.#expected.get(key);
    if (expectation === undefined) return;
    for (const file of expectation.files) {
      const other = this.#shelf.keyOf({ ...expectation.source, file });
      if (this.#expected.get(other) === expectation) this.#expected.delete(other);
    }
    const { account } = expectation.source;
    this.#next.set(account, expectation);
    if (this.#asking.has(account)) return;
    this.#asking.add(account);
    const running = this.#askInTurn(account).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when a call that may bring this link has ended, or takes too long. Rejects with the abort's reason. */
  async arrival(key: string, call: Call): Promise<void> {
    await this.#arriving.get(key)?.wait(call);
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  async #askInTurn(account: string): Promise<void> {
    for (;;) {
      const expectation = this.#next.get(account);
      if (expectation === undefined || this.#closing.signal.aborted) break;
      this.#next.delete(account);
      if (this.#mayAsk(expectation)) await this.#ask(expectation);
    }
    this.#asking.delete(account);
  }

  #mayAsk({ source, until }: Expectation): boolean {
    const now = this.#env.clock.monotonic();
    const rested = now >= (this.#resting.get(source.account) ?? -Infinity);
    return rested && now < until && source.spare?.() !== false;
  }

  async #ask({ source, files }: Expectation): Promise<void> {
    const owners = files
      .filter(({ size }) => size > 0)
      .map((file) => ({ ...source, file }))
      .filter((owner) => !this.#wasLeftOut(owner) && this.#shelf.isWanting(owner))
      .slice(0, this.horizon(source));
    const batch = new LinkBatch(this.#env.clock, this.#closing.signal);
    const keys = owners.map((owner) => this.#shelf.keyOf(owner));
    // Whoever needs one of them from now on waits for the batch, although the store has not been looked at yet.
    for (const key of keys) this.#arriving.set(key, batch);
    try {
      await batch.run((call) => this.#fetchLacking(source, owners, call));
    } catch (error) {
      this.#resting.set(source.account, this.#env.clock.monotonic() + REST);
      this.#env.log.debug('links were not fetched ahead of need', { files: owners.length, error });
    } finally {
      for (const key of keys) this.#arriving.delete(key);
    }
  }

  async #fetchLacking(source: LinkSource, owners: readonly LinkOwner[], call: Call): Promise<void> {
    const wanted = await this.#shelf.lacking(owners);
    if (wanted.length === 0) return;
    const found = await this.#fetch(source, wanted, call);
    for (const owner of wanted) this.#take(owner, found.get(owner.file.id));
  }

  async #fetch(
    { driver }: LinkSource,
    wanted: readonly LinkOwner[],
    call: Call,
  ): Promise<ReadonlyMap<string, DownloadLink>> {
    const { link: options } = this.#options;
    const files = wanted.map(({ file }) => file);
    if (driver.links !== undefined) return await driver.links.links(files, call, options);
    const links = files.map(async (file) => [file.id, await driver.link(file, call, options)] as const);
    return new Map(await Promise.all(links));
  }

  #take(owner: LinkOwner, link: DownloadLink | undefined): void {
    const { file } = owner;
    if (link !== undefined && (link.size === null || link.size === file.size)) {
      this.#shelf.keep(owner, link);
      return;
    }
    this.#leftOut.set(this.#shelf.keyOf(owner), this.#env.clock.monotonic() + LEFT_OUT);
    const why = link === undefined ? 'the cloud gave none' : 'the file has another size in the cloud';
    this.#env.log.debug('link not fetched ahead of need', { file: file.name, why });
  }

  #wasLeftOut(owner: LinkOwner): boolean {
    return this.#env.clock.monotonic() < (this.#leftOut.get(this.#shelf.keyOf(owner)) ?? -Infinity);
  }
}
