import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Content, type ContentSource } from '../../src/content/content.js';
import type { StoredLink } from '../../src/content/link-cache.js';
import type { ContentHashes } from '../../src/driver/writer.js';
import { MemoryAccount } from '../../src/drivers/memory/account.js';
import type { MemoryCloud } from '../../src/drivers/memory/cloud.js';
import { ROOT_ID } from '../../src/drivers/memory/tree.js';
import type { FileEntry } from '../../src/driver/entry.js';
import type { Env } from '../../src/lib/env.js';
import { rangeLength } from '../../src/lib/range.js';
import { DEFAULT_TREE_OPTIONS, Tree } from '../../src/metadata/tree.js';
import type { Transport } from '../../src/net/transport.js';
import { StateDatabase } from '../../src/store/state-database.js';
import type { BaseContent } from '../../src/upload/drive-writes.js';
import { Journal } from '../../src/upload/journal/journal.js';
import type { Bandwidth } from '../../src/upload/queue/bandwidth.js';
import { UploadSlots } from '../../src/upload/queue/upload-slots.js';
import { Spool } from '../../src/upload/spool/spool.js';
import { SpoolSpace } from '../../src/upload/spool/spool-space.js';
import type { UploadOptions } from '../../src/upload/upload-options.js';
import { Writes } from '../../src/upload/writes.js';
import type { VfsDrive } from '../../src/vfs/drive.js';
import { callOf } from './calls.js';

export interface WritingEngineParts {
  readonly cloud: MemoryCloud;
  readonly transport: Transport;
  readonly bandwidth: Bandwidth;
  /** A folder for all that is kept on disk. */
  readonly state: string;
}

export interface WritingEngineOptions {
  readonly upload?: Partial<UploadOptions>;
  /** Bytes that may wait for the cloud. */
  readonly budget?: number;
}

/** The real tree, read engine and write engine of one drive on a cloud in RAM; ends and begins again on one folder. */
export interface WritingEngine {
  readonly drive: VfsDrive;
  readonly tree: Tree;
  readonly writes: Writes;
  readonly journal: Journal;
  /** Whether something that is closed, or was changed, is on its way to the cloud. */
  isOwing(): boolean;
  /** From now on nothing more is recorded on disk, as after a kill; `close` it nevertheless. */
  cut(): Promise<void>;
  /** Ends what is under way, without waiting for the cloud. */
  close(): Promise<void>;
}

const DRIVE = 'films';

/** Begins the engine on what an earlier one has left in the folder. */
export async function openWritingEngine(
  env: Env,
  { cloud, transport, bandwidth, state }: WritingEngineParts,
  { upload = {}, budget = 256 * 2 ** 20 }: WritingEngineOptions = {},
): Promise<WritingEngine> {
  const account = new MemoryAccount('memory', cloud);
  const driver = account.drive(ROOT_ID);
  const source: ContentSource = { account: account.name, driver, connections: account.connections };
  const database = await StateDatabase.open(env, join(state, 'state.sqlite'), 1);
  const tree = new Tree(env, { driver, database, drive: DRIVE }, DEFAULT_TREE_OPTIONS);
  await tree.open(callOf());
  const limits = { readTimeout: 120_000, stall: 10_000, memory: 128 * 2 ** 20 };
  const content = new Content(env, { transport, links: database.store<StoredLink>('links') }, limits);
  const journal = await Journal.open(env, join(state, 'journal.sqlite'));
  const directory = join(state, 'spool');
  mkdirSync(directory, { recursive: true });
  const space = new SpoolSpace(directory, { size: budget, keepFree: { bytes: 0 } });
  const largest = cloud.settings.largestFile;
  const spool = await Spool.open(env, { journal, space }, { drive: DRIVE, directory, largest });
  const queue = {
    ...{ driver, tree: tree.local, drive: DRIVE, journal, spool, hasher: { hash } },
    slots: new UploadSlots(env.clock, bandwidth),
    health: () => ({ login: 'ok' }) as const,
    onUploaded: () => Promise.resolve(),
    openBase: (entry: FileEntry) => baseOf(content.open(source, entry), entry),
  };
  const writes = await Writes.open(env, queue, upload);
  const cut = async (): Promise<void> => {
    await Promise.all([journal.close(), database.close()]);
  };
  return {
    drive: { name: DRIVE, tree, content, source, writes },
    ...{ tree, writes, journal, cut },
    isOwing: () => {
      const { files, changes } = writes.transfers.status();
      return changes.waiting.length > 0 || files.some(({ state }) => state !== 'writing');
    },
    close: async () => {
      await writes.close();
      await spool.close();
      await content.close();
      await tree.close();
      await cut();
    },
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
