import type { Driver } from '../driver/driver.js';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { type ByteRange, rangeLength } from '../lib/range.js';
import { openRange } from '../net/ranged-request.js';
import type { Transport } from '../net/transport.js';
import type { StateStore } from '../store/state-database.js';
import type { BlockCache, BlockCacheStatus } from './block-cache/block-cache.js';
import { contentKey, fileKey } from './content-key.js';
import { DiskUnits } from './disk-units.js';
import { Download } from './download.js';
import { DownloadPace } from './download-pace.js';
import { ExactRead } from './exact-read.js';
import { FileContent } from './file-content.js';
import type { LinkReceiver } from './link.js';
import { AccountLanes, type AccountLanesStatus } from './lanes.js';
import { type Link, LinkCache, type LinkCacheStatus, type StoredLink } from './link-cache.js';
import { type OpenContent, type OpenFileStatus, RangeReader } from './range-reader.js';
import { TailHabit } from './tail-habit.js';
import { type ReadSource, Traffic, type TrafficStatus } from './traffic.js';
import { type MemoryStatus, UnitMemory } from './unit-memory.js';

/** Where files come from. */
export interface ContentSource {
  /** The name of the account: its files share links and connections. */
  readonly account: string;
  readonly driver: Driver;
  /** Connections that the account allows at once; the first source of an account decides. */
  readonly connections: number;
  /** Whether the account has calls to spare for links that nobody waits for; always by default. */
  readonly spare?: () => boolean;
}

export interface ContentOptions {
  /** Milliseconds that a read waits at most for a link, a connection or the cloud. */
  readonly readTimeout: number;
  /** Milliseconds without a byte after which a connection is given up, at the latest. */
  readonly stall: number;
  /** Bytes that all readers together keep in memory. */
  readonly memory: number;
  /** The User-Agent that fetches links; the driver's own by default. */
  readonly userAgent?: string;
  /** Milliseconds before its expiry at which a link is renewed; default 5 minutes. */
  readonly linkMargin?: number;
  /** Files for whose links is asked ahead of need at once at most; default 0, for none. */
  readonly linksAhead?: number;
}

/** What is asked of the block cache. */
export type Blocks = Pick<BlockCache, 'file' | 'status'>;

export interface ContentParts {
  readonly transport: Transport;
  readonly links: StateStore<StoredLink>;
  /** What is kept on disk, open already; without it only memory is used. Its owner closes it, afterwards. */
  readonly blocks?: Blocks;
}

/** A file that somebody has open. */
interface SharedFile {
  readonly content: FileContent;
  readers: number;
}

/** What the downloads of an account share. */
interface AccountDownloads {
  readonly lanes: AccountLanes;
  readonly pace: DownloadPace;
}

/** The bytes of files in all clouds: what several readers share, links, connections and memory, is kept here. */
export class Content {
  readonly #env: Env;
  readonly #parts: ContentParts;
  readonly #options: ContentOptions;
  readonly #links: LinkCache;
  readonly #memory: UnitMemory;
  readonly #traffic = new Traffic();
  readonly #tails = new TailHabit();
  readonly #accounts = new Map<string, AccountDownloads>();
  readonly #readers = new Set<RangeReader>();
  readonly #files = new Map<string, SharedFile>();
  readonly #closing = new Set<Promise<unknown>>();

  constructor(env: Env, parts: ContentParts, options: ContentOptions) {
    const { userAgent, linkMargin, linksAhead, memory } = options;
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
    this.#memory = new UnitMemory(memory);
    this.#links = new LinkCache(env, parts.links, {
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(linkMargin === undefined ? {} : { margin: linkMargin }),
      ...(linksAhead === undefined ? {} : { ahead: linksAhead }),
    });
  }

  /** Opens a file without asking the cloud: what is wrong with it shows at the first read. */
  open(source: ContentSource, file: FileEntry): OpenContent {
    const key = fileKey(source.account, file);
    const shared = this.#files.get(key) ?? { content: this.#fileContent(source, file), readers: 0 };
    this.#files.set(key, shared);
    shared.readers += 1;
    const owner = { account: source.account, driver: source.driver, file };
    const reader: RangeReader = new RangeReader(
      this.#env,
      { owner, file: shared.content, traffic: this.#traffic },
      {
        readTimeout: this.#options.readTimeout,
        onClose: () => {
          this.#readers.delete(reader);
          this.#left(key, shared);
        },
      },
    );
    this.#readers.add(reader);
    return reader;
  }

  /**
   * A link for somebody outside who fetches the file with the User-Agent that is given, or with the driver's own; for
   * each the same one for half an hour. Never a link that files are read with here. Rejects as Driver.link does, with
   * ESTALE when the file has another size in the cloud, or with the abort's reason.
   */
  async handOut(
    { account, driver }: ContentSource,
    file: FileEntry,
    handedTo: LinkReceiver,
    call: Call,
  ): Promise<Link> {
    return await this.#links.get({ account, driver, file, handedTo }, call);
  }

  /**
   * Exactly the bytes of a range, and no others are fetched: for who needs little of many files. Rejects as
   * OpenContent.read does.
   */
  async readExactly(
    source: ContentSource,
    file: FileEntry,
    range: ByteRange,
    call: Call,
  ): Promise<Uint8Array> {
    const { readTimeout } = this.#options;
    const onFetched = (bytes: number): void => this.#traffic.fetch(bytes);
    this.#traffic.want(rangeLength(range));
    return await new ExactRead(this.#env, this.#download(source, file), { readTimeout, onFetched }).run(
      range,
      call,
    );
  }

  /** How many files are worth expecting at once: 1 where the cloud gives links one by one, 0 when it is off. */
  horizon(source: ContentSource): number {
    return this.#links.horizon(source);
  }

  /**
   * These files are likely to be read one after another within minutes, the likeliest first; some may be open
   * already. Costs nothing until one of them needs a link: then the links of the others are asked for as well, for
   * as many as `horizon` says. Never waits, never fails, and no read depends on it.
   */
  expect(source: ContentSource, files: readonly FileEntry[]): void {
    this.#links.expect(source, files);
  }

  status(): ContentStatus {
    return {
      files: [...this.#readers].map((reader) => reader.status()),
      accounts: [...this.#accounts].map(([account, { lanes }]) => ({ account, ...lanes.status() })),
      links: this.#links.status(),
      memory: this.#memory.status(),
      blocks: this.#parts.blocks?.status() ?? null,
      bytes: this.#traffic.status(),
      reads: this.#traffic.reads,
    };
  }

  /** Closes every file; resolves when their connections are closed and the links are stored. */
  async close(): Promise<void> {
    for (const reader of this.#readers) reader.close();
    await Promise.all(this.#closing);
    await this.#links.close();
  }

  #download({ account, driver, connections }: ContentSource, file: FileEntry): Download {
    const shared = this.#accounts.get(account) ?? {
      lanes: new AccountLanes(this.#env.clock, connections),
      pace: new DownloadPace(this.#options.stall),
    };
    this.#accounts.set(account, shared);
    const { transport } = this.#parts;
    return new Download({
      ...shared,
      clock: this.#env.clock,
      owner: { account, driver, file },
      links: this.#links,
      open: (request) => openRange(this.#env, transport, request),
    });
  }

  #fileContent(source: ContentSource, file: FileEntry): FileContent {
    const { blocks } = this.#parts;
    const cached = blocks?.file(contentKey(source.account, file), file.size) ?? null;
    return new FileContent(
      this.#env,
      {
        owner: { account: source.account, driver: source.driver, file },
        download: this.#download(source, file),
        memory: this.#memory,
        disk: new DiskUnits(cached),
        traffic: this.#traffic,
        tails: this.#tails,
      },
      { readTimeout: this.#options.readTimeout },
    );
  }

  #left(key: string, shared: SharedFile): void {
    shared.readers -= 1;
    if (shared.readers > 0) return;
    if (this.#files.get(key) === shared) this.#files.delete(key);
    const closing = shared.content.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

/** What status shows of reading. */
export interface ContentStatus {
  readonly files: readonly OpenFileStatus[];
  readonly accounts: readonly (AccountLanesStatus & { readonly account: string })[];
  readonly links: LinkCacheStatus;
  readonly memory: MemoryStatus;
  /** What is on disk; null without a block cache. */
  readonly blocks: BlockCacheStatus | null;
  /** Since the start, of files that are closed too. */
  readonly bytes: TrafficStatus;
  /** Since the start, by where their bytes came from. */
  readonly reads: Readonly<Record<ReadSource, number>>;
}
