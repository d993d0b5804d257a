import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Content, type ContentSource } from '../../src/content/content.js';
import type { StoredLink } from '../../src/content/link-cache.js';
import type { ContentHashes } from '../../src/driver/writer.js';
import { MemoryAccount } from '../../src/drivers/memory/account.js';
import { MemoryCloud } from '../../src/drivers/memory/cloud.js';
import { patternContent } from '../../src/drivers/memory/content.js';
import { ROOT_ID } from '../../src/drivers/memory/tree.js';
import type { FileEntry } from '../../src/driver/entry.js';
import type { Env } from '../../src/lib/env.js';
import { rangeLength } from '../../src/lib/range.js';
import { DEFAULT_TREE_OPTIONS, Tree } from '../../src/metadata/tree.js';
import { StateDatabase } from '../../src/store/state-database.js';
import type { BaseContent } from '../../src/upload/drive-writes.js';
import { Journal } from '../../src/upload/journal/journal.js';
import { UploadSlots } from '../../src/upload/queue/upload-slots.js';
import { Spool } from '../../src/upload/spool/spool.js';
import { SpoolSpace } from '../../src/upload/spool/spool-space.js';
import { Writes } from '../../src/upload/writes.js';
import type { VfsDrive } from '../../src/vfs/drive.js';
import { callOf } from '../fakes/calls.js';
import { HUGE_SIZE, type Library, WRITABLE_BUDGET, WRITABLE_FILM_SIZE } from './library.js';
import type { WritingOptions } from './mount-protocol.js';
import { CountingBandwidth, WatchedCloud } from './watched-cloud.js';

/** Milliseconds, so that tests need not wait. */
const SOON = { delay: 200, quiet: 100, gather: 500 };

/** What a restart begins anew. */
interface Engine {
  readonly drive: VfsDrive;
  readonly tree: Tree;
  readonly writes: Writes;
  close(): Promise<void>;
}

/** The real tree, read engine and write engine on a cloud in RAM; `state` is a folder. */
export class WritingLibrary implements Library {
  readonly cloud: WatchedCloud;
  readonly #env: Env;
  readonly #state: string;
  readonly #options: WritingOptions;
  #engine: Engine;

  private constructor(env: Env, state: string, options: WritingOptions, cloud: WatchedCloud, engine: Engine) {
    this.#env = env;
    this.#state = state;
    this.#options = options;
    this.cloud = cloud;
    this.#engine = engine;
  }

  static async open(env: Env, state: string, options: WritingOptions): Promise<WritingLibrary> {
    // Like clouds that quietly take blanks from the end of a name.
    const amendName = (name: string): string => name.replace(/ +$/, '');
    const cloud = new MemoryCloud(env, { forbiddenCharacters: '"<>', amendName, ...options.cloud });
    cloud.addFile(ROOT_ID, 'film.mkv', patternContent(1, WRITABLE_FILM_SIZE));
    cloud.addFile(ROOT_ID, 'huge.iso', patternContent(3, HUGE_SIZE));
    const folder = cloud.addDirectory(ROOT_ID, 'folder');
    cloud.addFile(folder.id, 'five.txt', patternContent(2, 5));
    cloud.addDirectory(ROOT_ID, 'empty');
    const watched = new WatchedCloud(cloud, new CountingBandwidth(env.clock));
    return new WritingLibrary(env, state, options, watched, await begin(env, state, options, watched));
  }

  get drive(): VfsDrive {
    return this.#engine.drive;
  }

  async replace(path: string, size: number): Promise<void> {
    const node = await this.#engine.tree.resolve(path, callOf());
    this.cloud.cloud.replace(node.entry.id, patternContent(100, size));
    await this.refresh(path);
  }

  async refresh(path: string): Promise<void> {
    await this.#engine.tree.refresh(path, { recursive: false }, callOf());
  }

  async upload(): Promise<void> {
    await this.#engine.writes.idle(AbortSignal.timeout(30_000));
  }

  async restart(): Promise<void> {
    await this.#engine.close();
    this.#engine = await begin(this.#env, this.#state, this.#options, this.cloud);
  }
}

async function begin(
  env: Env,
  state: string,
  options: WritingOptions,
  { cloud, transport, bandwidth }: WatchedCloud,
): Promise<Engine> {
  const account = new MemoryAccount('memory', cloud);
  const driver = account.drive(ROOT_ID);
  const source: ContentSource = { account: account.name, driver, connections: account.connections };
  const database = await StateDatabase.open(env, join(state, 'state.sqlite'), 1);
  const tree = new Tree(env, { driver, database, drive: 'films' }, DEFAULT_TREE_OPTIONS);
  await tree.open(callOf());
  const limits = { readTimeout: 120_000, stall: 10_000, memory: 128 * 2 ** 20 };
  const content = new Content(env, { transport, links: database.store<StoredLink>('links') }, limits);
  const { journal, spool } = await spoolOf(env, state, options);
  const queue = {
    ...{ driver, tree: tree.local, drive: 'films', journal, spool, hasher: { hash } },
    slots: new UploadSlots(env.clock, bandwidth),
    health: () => ({ login: 'ok' }) as const,
    onUploaded: () => Promise.resolve(),
    openBase: (entry: FileEntry) => baseOf(content.open(source, entry), entry),
  };
  const { delay, quiet, gather } = { ...SOON, ...options };
  const writes = await Writes.open(env, queue, { delay, quiet, gather });
  return {
    drive: { name: 'films', tree, content, source, writes },
    ...{ tree, writes },
    close: async () => {
      await writes.close();
      await spool.close();
      await journal.close();
      await content.close();
      await tree.close();
      await database.close();
    },
  };
}

async function spoolOf(
  env: Env,
  state: string,
  { budget = WRITABLE_BUDGET, cloud }: WritingOptions,
): Promise<{ readonly journal: Journal; readonly spool: Spool }> {
  const directory = join(state, 'spool');
  mkdirSync(directory, { recursive: true });
  const journal = await Journal.open(env, join(state, 'journal.sqlite'));
  const space = new SpoolSpace(directory, { size: budget, keepFree: { bytes: 0 } });
  const largest = cloud?.largestFile ?? null;
  return {
    journal,
    spool: await Spool.open(env, { journal, space }, { drive: 'films', directory, largest }),
  };
}

// The thread that hashes runs from what was built; these tests run from the source.
async function hash(path: string): Promise<ContentHashes> {
  const bytes = await readFile(path);
  const of = (kind: string, data = bytes): string =>
    createHash(kind).update(data).digest('hex').toUpperCase();
  return { sha1: of('sha1'), headSha1: of('sha1', bytes.subarray(0, 128 * 1024)), md5: of('md5') };
}

function baseOf(content: ReturnType<Content['open']>, { size }: FileEntry): BaseContent {
  return {
    size,
    read: (range, call) => content.read(range.start, rangeLength(range), call),
    close: () => content.close(),
  };
}
