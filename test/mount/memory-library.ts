import { join } from 'node:path';
import { Content } from '../../src/content/content.js';
import type { StoredLink } from '../../src/content/link-cache.js';
import { MemoryAccount } from '../../src/drivers/memory/account.js';
import { MemoryCloud } from '../../src/drivers/memory/cloud.js';
import { patternContent } from '../../src/drivers/memory/content.js';
import { MemoryTransport } from '../../src/drivers/memory/transport.js';
import { ROOT_ID } from '../../src/drivers/memory/tree.js';
import type { Env } from '../../src/lib/env.js';
import { DEFAULT_TREE_OPTIONS, Tree } from '../../src/metadata/tree.js';
import { StateDatabase } from '../../src/store/state-database.js';
import { callOf } from '../fakes/calls.js';
import type { Library } from './library.js';

export const MEMORY_FILMS = 4;
export const MEMORY_FILM_SIZE = 24 * 2 ** 20 + 5;
export const MEMORY_WIDE = 10_000;

/** The content of a film of the memory library; replaced ones have the seed 100. */
export function filmContent(number: number, size = MEMORY_FILM_SIZE): ReturnType<typeof patternContent> {
  return patternContent(number, size);
}

/** The real tree and read engine on a cloud in RAM that allows two connections per link; `state` is a folder. */
export async function memoryLibrary(env: Env, state: string): Promise<Library> {
  const cloud = new MemoryCloud(env);
  const films = cloud.addDirectory(ROOT_ID, 'films');
  const wide = cloud.addDirectory(ROOT_ID, 'wide');
  for (let number = 0; number < MEMORY_FILMS; number += 1) {
    cloud.addFile(films.id, `film-${number}.mkv`, filmContent(number));
  }
  for (let number = 0; number < MEMORY_WIDE; number += 1) {
    cloud.addFile(wide.id, `file-${number}.nfo`, filmContent(number, 10));
  }
  const account = new MemoryAccount('memory', cloud);
  const driver = account.drive(ROOT_ID);
  const database = await StateDatabase.open(env, join(state, 'state.sqlite'), 1);
  const tree = new Tree(env, { driver, database, drive: 'films' }, DEFAULT_TREE_OPTIONS);
  await tree.open(callOf());
  const content = new Content(
    env,
    { transport: new MemoryTransport(cloud), links: database.store<StoredLink>('links') },
    { readTimeout: 120_000, stall: 10_000, memory: 128 * 2 ** 20 },
  );
  const source = { account: account.name, driver, connections: account.connections };
  return {
    drive: { name: 'films', tree, content, source, writes: null },
    replace: async (path, size) => {
      const node = await tree.resolve(path, callOf());
      cloud.replace(node.entry.id, filmContent(100, size));
      await tree.refresh(path, { recursive: false }, callOf());
    },
  };
}
