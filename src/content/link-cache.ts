import { LRUCache } from 'lru-cache';
import type { DownloadLink, LinkOptions } from '../driver/driver.js';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { SingleFlight } from '../lib/single-flight.js';
import type { StateStore } from '../store/state-database.js';
import type { Link, LinkOwner, LinkSource, StoredLink } from './link.js';
import { LinkStore } from './link-store.js';
import { LinksAhead } from './links-ahead.js';

export type { Link, LinkOwner, LinkSource, StoredLink } from './link.js';

export interface LinkCacheOptions {
  /** The User-Agent that will fetch the links; the driver's own by default. */
  readonly userAgent?: string;
  /** Milliseconds before its expiry at which a link is renewed, at most a tenth of its life; default 5 minutes. */
  readonly margin?: number;
  /** Files for whose links is asked ahead of need at once at most; default 0, for none. */
  readonly ahead?: number;
}

const MARGIN = 300_000;
const LINKS_IN_MEMORY = 4096;
const FAILURE_KEPT = 5000;
/** A link this young that never worked would not be better if it were asked for again. */
const FRESH = 30_000;
/** An older one is handed to nobody: whether it still works can only be seen where it is used. */
const HANDED_OUT_FOR = 1_800_000;

/** One live download link per account, file and User-Agent, shared by all who read, kept across restarts. */
export class LinkCache {
  readonly #env: Env;
  readonly #store: LinkStore;
  readonly #options: LinkCacheOptions;
  readonly #links = new LRUCache<string, Link>({ max: LINKS_IN_MEMORY });
  readonly #failures = new Map<string, { readonly error: FsError; readonly until: number }>();
  readonly #flights = new SingleFlight<Link>();
  readonly #worked = new WeakSet<Link>();
  /** Fetched because another young one was refused. */
  readonly #replacements = new WeakSet<Link>();
  readonly #ahead: LinksAhead;
  /** Fetched ahead of need, and not needed so far. */
  readonly #unused = new WeakSet<Link>();
  #fetched = 0;
  #renewed = 0;
  #fetchedAhead = 0;
  #usedAhead = 0;

  constructor(env: Env, store: StateStore<StoredLink>, options: LinkCacheOptions = {}) {
    this.#env = env;
    this.#store = new LinkStore(env, store);
    this.#options = options;
    const shelf = {
      keyOf: (owner: LinkOwner) => this.keyOf(owner),
      isWanting: (owner: LinkOwner) => this.#isWanting(owner),
      lacking: (owners: readonly LinkOwner[]) => this.#lacking(owners),
      keep: (owner: LinkOwner, link: DownloadLink) => this.#keepAhead(owner, link),
    };
    this.#ahead = new LinksAhead(env, shelf, { most: options.ahead ?? 0, link: this.#linkOptions });
  }

  keyOf(owner: LinkOwner): string {
    const { account, file, handedTo } = owner;
    if (handedTo === undefined) return JSON.stringify([account, file.id, this.#options.userAgent ?? '']);
    return JSON.stringify([account, file.id, handedTo.userAgent ?? '', handedTo.address ?? 'handed out']);
  }

  /** A usable link that is at hand. */
  peek(owner: LinkOwner): Link | null {
    const known = this.#links.get(this.keyOf(owner));
    return known !== undefined && this.#suits(known, owner) ? known : null;
  }

  /**
   * A usable link; asks the cloud only when none is known, once for all who wait.
   * Rejects with FsError as Driver.link does (the same answer for 5 s), ESTALE when the link is for a file of
   * another size, or with the abort's reason.
   */
  async get(owner: LinkOwner, call: Call): Promise<Link> {
    const key = this.keyOf(owner);
    const link =
      this.#use(owner) ?? (await this.#flights.run(key, call, (shared) => this.#find(key, owner, shared)));
    // Not before: what nobody waits for must not take the turn of the call for this link.
    this.#ahead.needed(key);
    return link;
  }

  /**
   * A link in place of one that the cloud refused; one call for all whose link was refused. Gives the same
   * link again when it is so young that another would be refused as well. Rejects as `get` does.
   */
  async renew(refused: Link, owner: LinkOwner, call: Call): Promise<Link> {
    const current = this.#links.get(refused.key);
    if (current !== undefined && current !== refused) return current;
    if (this.#isFresh(refused)) return refused;
    return this.#flights.run(refused.key, call, (shared) => this.#fetch(refused.key, owner, shared));
  }

  /**
   * A link in place of a young one that was refused again and again: the cloud may have withdrawn it. Gives the same link
   * when it is such a one itself. Rejects as `get` does.
   */
  async replace(refused: Link, owner: LinkOwner, call: Call): Promise<Link> {
    const current = this.#links.get(refused.key);
    if (current !== undefined && current !== refused) return current;
    if (this.#replacements.has(refused)) return refused;
    return this.#flights.run(refused.key, call, async (shared) => {
      const link = await this.#fetch(refused.key, owner, shared);
      this.#replacements.add(link);
      return link;
    });
  }

  /** Whether requests may go out with this link now: it has not expired and is the newest. */
  isCurrent(link: Link): boolean {
    return this.#links.get(link.key) === link && !this.#isExpired(link);
  }

  /** The cloud gave bytes for this link: if it is refused later, it has worn out. */
  worked(link: Link): void {
    this.#worked.add(link);
  }

  /** How many files are worth expecting at once: 1 where the cloud gives links one by one, 0 when it is off. */
  horizon(source: LinkSource): number {
    return this.#ahead.horizon(source);
  }

  /**
   * These files are likely to be read one after another within minutes: as soon as one of them needs a link, those
   * of the others that have none are asked for too, as a probe. Never fails, and changes no answer of `get`.
   */
  expect(source: LinkSource, files: readonly FileEntry[]): void {
    this.#ahead.expect(source, files);
  }

  status(): LinkCacheStatus {
    return {
      cached: this.#links.size,
      fetched: this.#fetched,
      renewed: this.#renewed,
      ahead: { fetched: this.#fetchedAhead, used: this.#usedAhead },
    };
  }

  /** Asks for nothing ahead any more; resolves when every link is stored. */
  async close(): Promise<void> {
    await this.#ahead.close();
    await this.#store.close();
  }

  get #linkOptions(): LinkOptions {
    const { userAgent } = this.#options;
    return userAgent === undefined ? {} : { userAgent };
  }

  /** As `peek`, for somebody who needs it. */
  #use(owner: LinkOwner): Link | null {
    const link = this.peek(owner);
    if (link !== null && this.#unused.delete(link)) this.#usedAhead += 1;
    return link;
  }

  async #find(key: string, owner: LinkOwner, call: Call): Promise<Link> {
    await this.#load([owner]);
    if (this.peek(owner) === null) await this.#ahead.arrival(key, call);
    return this.#use(owner) ?? (await this.#fetch(key, owner, call));
  }

  async #fetch(key: string, owner: LinkOwner, call: Call): Promise<Link> {
    const failure = this.#failureOf(key);
    if (failure !== null) throw failure;
    this.#fetched += 1;
    if (this.#links.has(key)) this.#renewed += 1;
    try {
      return this.#keep(key, await this.#ask(owner, call));
    } catch (error) {
      if (error instanceof FsError && !call.signal.aborted) this.#remember(key, error);
      throw error;
    }
  }

  async #ask({ driver, file, handedTo }: LinkOwner, call: Call): Promise<DownloadLink> {
    const asked = handedTo?.userAgent === undefined ? {} : { userAgent: handedTo.userAgent };
    const link = await driver.link(file, call, handedTo === undefined ? this.#linkOptions : asked);
    if (link.size !== null && link.size !== file.size) {
      throw new FsError(
        'ESTALE',
        `${file.name} has changed in the cloud: ${link.size} bytes instead of ${file.size}`,
        { reason: 'gone' },
      );
    }
    return link;
  }

  #isWanting(owner: LinkOwner): boolean {
    const key = this.keyOf(owner);
    return this.peek(owner) === null && !this.#flights.running(key) && this.#failureOf(key) === null;
  }

  async #lacking(owners: readonly LinkOwner[]): Promise<readonly LinkOwner[]> {
    await this.#load(owners);
    return owners.filter((owner) => this.peek(owner) === null);
  }

  /** Takes over those of their links that are stored and usable. */
  async #load(owners: readonly LinkOwner[]): Promise<void> {
    const stored = await this.#store.load(owners.map((owner) => this.keyOf(owner)));
    for (const [index, owner] of owners.entries()) {
      const found = stored[index];
      if (found === undefined || this.peek(owner) !== null) continue;
      if (this.#suits(found, owner)) this.#place(this.keyOf(owner), found);
    }
  }

  #keepAhead(owner: LinkOwner, link: DownloadLink): void {
    if (this.peek(owner) !== null) return;
    this.#unused.add(this.#keep(this.keyOf(owner), link));
    this.#fetchedAhead += 1;
  }

  #keep(key: string, link: DownloadLink): Link {
    const kept = this.#place(key, this.#dated(link));
    this.#store.save(kept);
    return kept;
  }

  #place(key: string, stored: StoredLink): Link {
    const link = { ...stored, key };
    this.#links.set(key, link);
    return link;
  }

  #dated(link: DownloadLink): StoredLink {
    const fetchedAt = this.#env.clock.now();
    // A new link that seems to have expired already means that the clock here is wrong: the cloud will tell.
    const expiresAt = link.expiresAt !== null && link.expiresAt > fetchedAt ? link.expiresAt : null;
    const { url, headers, maxConnections, size } = link;
    return { url, headers, maxConnections, size, expiresAt, fetchedAt };
  }

  #suits(link: StoredLink, { file, handedTo }: LinkOwner): boolean {
    if (handedTo !== undefined && this.#env.clock.now() - link.fetchedAt >= HANDED_OUT_FOR) return false;
    return !this.#isExpired(link) && (link.size === null || link.size === file.size);
  }

  #isExpired({ expiresAt, fetchedAt }: StoredLink): boolean {
    if (expiresAt === null) return false;
    const margin = Math.min(this.#options.margin ?? MARGIN, (expiresAt - fetchedAt) / 10);
    return this.#env.clock.now() >= expiresAt - margin;
  }

  #isFresh(link: Link): boolean {
    const age = this.#env.clock.now() - link.fetchedAt;
    return !this.#worked.has(link) && !this.#isExpired(link) && age >= 0 && age < FRESH;
  }

  #remember(key: string, error: FsError): void {
    const now = this.#env.clock.monotonic();
    for (const [other, { until }] of this.#failures) if (until <= now) this.#failures.delete(other);
    this.#failures.set(key, { error, until: now + FAILURE_KEPT });
  }

  #failureOf(key: string): FsError | null {
    const failure = this.#failures.get(key);
    return failure !== undefined && failure.until > this.#env.clock.monotonic() ? failure.error : null;
  }
}

/** Links in memory, and how many were asked for since the start. */
export interface LinkCacheStatus {
  readonly cached: number;
  /** Those that somebody waited for. */
  readonly fetched: number;
  /** Of those fetched, the ones in place of a link that had expired or was refused. */
  readonly renewed: number;
  /** Those that were asked for ahead of need, and how many of them were needed later. */
  readonly ahead: { readonly fetched: number; readonly used: number };
}
