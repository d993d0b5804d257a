import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Content } from '../../src/content/content.js';
import type { StoredLink } from '../../src/content/link-cache.js';
import type { ContentHashes } from '../../src/driver/writer.js';
import { MemoryAccount } from '../../src/drivers/memory/account.js';
import { MemoryCloud } from '../../src/drivers/memory/cloud.js';
import { patternContent } from '../../src/drivers/memory/content.js';
import { MemoryTransport } from '../../src/drivers/memory/transport.js';
import { ROOT_ID } from '../../src/drivers/memory/tree.js';
import type { FileEntry } from '../../src/driver/entry.js';
import type { Env } from '../../src/lib/env.js';
import { rangeLength } from '../../src/lib/range.js';
import { DEFAULT_TREE_OPTIONS, Tree } from '../../src/metadata/tree.js';
import { StateDatabase } from '../../src/store/state-database.js';
import type { BaseContent } from '../../src/upload/drive-writes.js';
import { Journal } from '../../src/upload/journal/journal.js';
import { Bandwidth } from '../../src/upload/queue/bandwidth.js';
import { UploadSlots } from '../../src/upload/queue/upload-slots.js';
import { Spool } from '../../src/upload/spool/spool.js';
import { SpoolSpace } from '../../src/upload/spool/spool-space.js';
import { Writes } from '../../src/upload/writes.js';
import { callOf } from '../fakes/calls.js';
import { type Library, WRITABLE_BUDGET, WRITABLE_FILM_SIZE } from './library.js';

/** Milliseconds, so that tests need not wait. */
const SOON = { delay: 200, quiet: 100, gather: 500 };

/** The real tree, read engine and write engine on a cloud in RAM; `state` is a folder. */
export async function writingLibrary(env: Env, state: string): Promise<Library> {
  const cloud = new MemoryCloud(env, { forbiddenCharacters: '"<>' });
  cloud.addFile(ROOT_ID, 'film.mkv', patternContent(1, WRITABLE_FILM_SIZE));
  const folder = cloud.addDirectory(ROOT_ID, 'folder');
  cloud.addFile(folder.id, 'five.txt', patternContent(2, 5));
  cloud.addDirectory(ROOT_ID, 'empty');
  const account = new MemoryAccount('memory', cloud);
  const driver = account.drive(ROOT_ID);
  const database = await StateDatabase.open(env, join(state, 'state.sqlite'), 1);
  const tree = new Tree(env, { driver, database, drive: 'films' }, DEFAULT_TREE_OPTIONS);
  await tree.open(callOf());
  const transport = new MemoryTransport(cloud);
  const links = database.store<StoredLink>('links');
  const limits = { readTimeout: 120_000, stall: 10_000, memory: 128 * 2 ** 20 };
  const content = new Content(env, { transport, links }, limits);
  const source = { account: account.name, driver, connections: account.connections };
  const writes = await writesOf(env, state, {
    driver,
    tree: tree.local,
    openBase: (entry) => baseOf(content.open(source, entry), entry),
  });
  return {
    drive: { name: 'films', tree, content, source, writes },
    replace: async (path, size) => {
      const node = await tree.resolve(path, callOf());
      cloud.replace(node.entry.id, patternContent(100, size));
      await tree.refresh(path, { recursive: false }, callOf());
    },
    upload: () => writes.idle(AbortSignal.timeout(30_000)),
  };
}

async function writesOf(
  env: Env,
  state: string,
  parts: Pick<Parameters<typeof Writes.open>[1], 'driver' | 'tree' | 'openBase'>,
): Promise<Writes> {
  const directory = join(state, 'spool');
  mkdirSync(directory);
  const journal = await Journal.open(env, join(state, 'journal.sqlite'));
  const space = new SpoolSpace(directory, { size: WRITABLE_BUDGET, keepFree: { bytes: 0 } });
  const spool = await Spool.open(env, { journal, space }, { drive: 'films', directory, largest: null });
  return await Writes.open(
    env,
    {
      ...parts,
      drive: 'films',
      journal,
      spool,
      slots: new UploadSlots(env.clock, new Bandwidth(env.clock)),
      hasher: { hash },
      health: () => ({ login: 'ok' }),
      onUploaded: () => Promise.resolve(),
    },
    SOON,
  );
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
