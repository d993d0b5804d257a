import { LRUCache } from 'lru-cache';
import type { Driver, DownloadLink, LinkOptions } from '../driver/driver.js';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { SingleFlight } from '../lib/single-flight.js';
import type { StateStore } from '../store/state-database.js';

/** A download link as it is kept across restarts. */
export interface StoredLink extends DownloadLink {
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
}

/** A link that is in use; a renewal makes another one with the same key. */
export interface Link extends StoredLink {
  readonly key: string;
}

/** Whose link: everything it depends on. */
export interface LinkOwner {
  readonly account: string;
  readonly driver: Driver;
  readonly file: FileEntry;
}

export interface LinkCacheOptions {
  /** The User-Agent that will fetch the links; the driver's own by default. */
  readonly userAgent?: string;
  /** Milliseconds before its expiry at which a link is renewed, at most a tenth of its life; default 5 minutes. */
  readonly margin?: number;
}

const MARGIN = 300_000;
const LINKS_IN_MEMORY = 4096;
const FAILURE_KEPT = 5000;
/** A link this young that never worked would not be better if it were asked for again. */
const FRESH = 30_000;
/** How long a link that does not say when it expires is kept on disk. */
const UNDATED_LIFE = 86_400_000;

/** One live download link per account, file and User-Agent, shared by all who read, kept across restarts. */
export class LinkCache {
  readonly #env: Env;
  readonly #store: StateStore<StoredLink>;
  readonly #options: LinkCacheOptions;
  readonly #links = new LRUCache<string, Link>({ max: LINKS_IN_MEMORY });
  readonly #failures = new Map<string, { readonly error: FsError; readonly until: number }>();
  readonly #flights = new SingleFlight<Link>();
  readonly #worked = new WeakSet<Link>();
  readonly #writing = new Set<Promise<void>>();
  #swept = false;
  #fetched = 0;
  #renewed = 0;

  constructor(env: Env, store: StateStore<StoredLink>, options: LinkCacheOptions = {}) {
    this.#env = env;
    this.#store = store;
    this.#options = options;
  }

  keyOf(owner: LinkOwner): string {
    return JSON.stringify([owner.account, owner.file.id, this.#options.userAgent ?? '']);
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
    const known = this.#links.get(key);
    if (known !== undefined && this.#suits(known, owner)) return known;
    return this.#flights.run(key, call, (shared) => this.#find(key, owner, shared));
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

  /** Whether requests may go out with this link now: it has not expired and is the newest. */
  isCurrent(link: Link): boolean {
    return this.#links.get(link.key) === link && !this.#isExpired(link);
  }

  /** The cloud gave bytes for this link: if it is refused later, it has worn out. */
  worked(link: Link): void {
    this.#worked.add(link);
  }

  status(): LinkCacheStatus {
    return { cached: this.#links.size, fetched: this.#fetched, renewed: this.#renewed };
  }

  /** Resolves when every link is stored. */
  async close(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async #find(key: string, owner: LinkOwner, call: Call): Promise<Link> {
    const stored = await this.#load(key);
    if (stored === undefined || !this.#suits(stored, owner)) return this.#fetch(key, owner, call);
    const link = { ...stored, key };
    this.#links.set(key, link);
    return link;
  }

  async #fetch(key: string, owner: LinkOwner, call: Call): Promise<Link> {
    const failure = this.#failures.get(key);
    if (failure !== undefined && failure.until > this.#env.clock.monotonic()) throw failure.error;
    this.#fetched += 1;
    if (this.#links.has(key)) this.#renewed += 1;
    try {
      const link = { ...this.#dated(await this.#ask(owner, call)), key };
      this.#links.set(key, link);
      this.#save(link);
      return link;
    } catch (error) {
      if (error instanceof FsError && !call.signal.aborted) this.#remember(key, error);
      throw error;
    }
  }

  async #ask({ driver, file }: LinkOwner, call: Call): Promise<DownloadLink> {
    const { userAgent } = this.#options;
    const options: LinkOptions = userAgent === undefined ? {} : { userAgent };
    const link = await driver.link(file, call, options);
    if (link.size !== null && link.size !== file.size) {
      throw new FsError(
        'ESTALE',
        `${file.name} has changed in the cloud: ${link.size} bytes instead of ${file.size}`,
        { reason: 'gone' },
      );
    }
    return link;
  }

  #dated(link: DownloadLink): StoredLink {
    const fetchedAt = this.#env.clock.now();
    // A new link that seems to have expired already means that the clock here is wrong: the cloud will tell.
    const expiresAt = link.expiresAt !== null && link.expiresAt > fetchedAt ? link.expiresAt : null;
    const { url, headers, maxConnections, size } = link;
    return { url, headers, maxConnections, size, expiresAt, fetchedAt };
  }

  #suits(link: StoredLink, { file }: LinkOwner): boolean {
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

  async #load(key: string): Promise<StoredLink | undefined> {
    this.#sweep();
    try {
      return await this.#store.get(key);
    } catch (error) {
      this.#env.log.warn('stored download link not read; a new one is asked for', { error });
      return undefined;
    }
  }

  /** The store drops what has expired when it is asked for everything: once a start is enough. */
  #sweep(): void {
    if (this.#swept) return;
    this.#swept = true;
    this.#write(this.#store.entries());
  }

  #save({ key, ...stored }: Link): void {
    const life = stored.expiresAt === null ? UNDATED_LIFE : stored.expiresAt - stored.fetchedAt;
    this.#write(this.#store.set(key, stored, life));
  }

  /** Nobody waits for the store: a link that is not kept costs one call after a restart. */
  #write(work: Promise<unknown>): void {
    const writing = work
      .then(
        () => undefined,
        (error: unknown) => this.#env.log.warn('download links not stored', { error }),
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }
}

/** Links in memory, and how many were asked for since the start. */
export interface LinkCacheStatus {
  readonly cached: number;
  readonly fetched: number;
  /** Of those fetched, the ones in place of a link that had expired or was refused. */
  readonly renewed: number;
}
