import type { Driver } from '../driver/driver.js';
import type { FileEntry } from '../driver/entry.js';
import type { Env } from '../lib/env.js';
import { openRange } from '../net/ranged-request.js';
import type { Transport } from '../net/transport.js';
import type { StateStore } from '../store/state-database.js';
import { Download } from './download.js';
import { AccountLanes, type AccountLanesStatus } from './lanes.js';
import { LinkCache, type LinkCacheStatus, type StoredLink } from './link-cache.js';
import { MemoryBudget, type MemoryStatus } from './memory-budget.js';
import { type OpenContent, type OpenFileStatus, RangeReader } from './range-reader.js';
import { Traffic, type TrafficStatus } from './traffic.js';

/** Where files come from. */
export interface ContentSource {
  /** The name of the account: its files share links and connections. */
  readonly account: string;
  readonly driver: Driver;
  /** Connections that the account allows at once; the first source of an account decides. */
  readonly connections: number;
}

export interface ContentOptions {
  /** Milliseconds that a read waits at most for a link, a connection or the cloud. */
  readonly readTimeout: number;
  /** Milliseconds without a byte after which a connection is given up. */
  readonly stall: number;
  /** Bytes that all readers together keep in memory. */
  readonly memory: number;
  /** The User-Agent that fetches links; the driver's own by default. */
  readonly userAgent?: string;
  /** Milliseconds before its expiry at which a link is renewed; default 5 minutes. */
  readonly linkMargin?: number;
}

export interface ContentParts {
  readonly transport: Transport;
  readonly links: StateStore<StoredLink>;
}

/** The bytes of files in all clouds: what several readers share, links, connections and memory, is kept here. */
export class Content {
  readonly #env: Env;
  readonly #parts: ContentParts;
  readonly #options: ContentOptions;
  readonly #links: LinkCache;
  readonly #memory: MemoryBudget;
  readonly #traffic = new Traffic();
  readonly #accounts = new Map<string, AccountLanes>();
  readonly #files = new Set<RangeReader>();
  readonly #closing = new Set<Promise<unknown>>();

  constructor(env: Env, parts: ContentParts, options: ContentOptions) {
    const { userAgent, linkMargin, memory } = options;
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
    this.#memory = new MemoryBudget(memory);
    this.#links = new LinkCache(env, parts.links, {
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(linkMargin === undefined ? {} : { margin: linkMargin }),
    });
  }

  /** Opens a file without asking the cloud: what is wrong with it shows at the first read. */
  open(source: ContentSource, file: FileEntry): OpenContent {
    const owner = { account: source.account, driver: source.driver, file };
    const reader: RangeReader = new RangeReader(
      this.#env,
      { owner, download: this.#download(source, file), memory: this.#memory, traffic: this.#traffic },
      { readTimeout: this.#options.readTimeout, onClose: (closed) => this.#closed(reader, closed) },
    );
    this.#files.add(reader);
    return reader;
  }

  status(): ContentStatus {
    return {
      files: [...this.#files].map((file) => file.status()),
      accounts: [...this.#accounts].map(([account, lanes]) => ({ account, ...lanes.status() })),
      links: this.#links.status(),
      memory: this.#memory.status(),
      bytes: this.#traffic.status(),
    };
  }

  /** Closes every file; resolves when their connections are closed and the links are stored. */
  async close(): Promise<void> {
    for (const file of this.#files) file.close();
    await Promise.all(this.#closing);
    await this.#links.close();
  }

  #download({ account, driver, connections }: ContentSource, file: FileEntry): Download {
    const lanes = this.#accounts.get(account) ?? new AccountLanes(this.#env.clock, connections);
    this.#accounts.set(account, lanes);
    const { transport } = this.#parts;
    const { stall } = this.#options;
    return new Download({
      clock: this.#env.clock,
      owner: { account, driver, file },
      links: this.#links,
      lanes,
      open: (request) => openRange(this.#env, transport, { ...request, stall }),
    });
  }

  #closed(reader: RangeReader, closed: Promise<unknown>): void {
    this.#files.delete(reader);
    const closing = closed.finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

/** What status shows of reading. */
export interface ContentStatus {
  readonly files: readonly OpenFileStatus[];
  readonly accounts: readonly (AccountLanesStatus & { readonly account: string })[];
  readonly links: LinkCacheStatus;
  readonly memory: MemoryStatus;
  /** Since the start, of files that are closed too. */
  readonly bytes: TrafficStatus;
}
