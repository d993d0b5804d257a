import { MemoryAccount, type MemoryAccountOptions } from '../../src/drivers/memory/account.js';
import { MemoryCloud } from '../../src/drivers/memory/cloud.js';
import type { MemoryCloudOptions } from '../../src/drivers/memory/options.js';
import { patternContent, readContent } from '../../src/drivers/memory/content.js';
import { MemoryTransport } from '../../src/drivers/memory/transport.js';
import { ROOT_ID } from '../../src/drivers/memory/tree.js';
import { fakeEnv } from '../fakes/fake-env.js';
import type { ConformanceSubject, LosableWork, Seed, Undo } from './checks/subject.js';

const PART_SIZE = 64 * 1024;

/** The calls of the memory cloud that do the work. */
const CALL_OF: Readonly<Record<LosableWork, string>> = {
  makeDirectory: 'makeDirectory',
  rename: 'rename',
  move: 'move',
  remove: 'remove',
  rapid: 'announce',
  complete: 'complete',
};

/** A memory cloud under the conformance suite; its time moves only when the suite lets it. */
export function memorySubject(
  cloudOptions: MemoryCloudOptions = {},
  accountOptions: MemoryAccountOptions = {},
): Promise<ConformanceSubject> {
  const { clock, ...env } = fakeEnv();
  const pageSize = 7;
  const cloud = new MemoryCloud(
    { clock, ...env },
    { pageSize, partSize: PART_SIZE, batch: 50, ...cloudOptions },
  );
  const transport = new MemoryTransport(cloud);
  let seed = 0;
  const add = (directoryId: string, { kind, name, ...rest }: Seed): string => {
    if (kind === 'directory') return cloud.addDirectory(directoryId, name).id;
    const content = patternContent((seed += 1), 'size' in rest ? rest.size : 0);
    return cloud.addFile(directoryId, name, content, { complete: kind === 'file' }).id;
  };
  return Promise.resolve({
    account: new MemoryAccount('test', cloud, accountOptions),
    root: ROOT_ID,
    transport,
    severalPages: 3 * pageSize + 1,
    now: () => clock.now(),
    add: (directoryId, seeds) => promised(() => seeds.map((one) => add(directoryId, one))),
    rename: (id, name) => promised(() => void cloud.rename(id, name)),
    move: (id, directoryId) => promised(() => void cloud.move(id, directoryId)),
    remove: (id) => promised(() => cloud.remove(id)),
    replace: (id, size) => promised(() => cloud.replace(id, patternContent((seed += 1), size)).id),
    bytes: (file, range) => promised(() => readContent(cloud.content(file.id), range)),
    close: () => transport.close(),
    advance: (ms) => clock.advance(ms),
    loseLogin: switched(
      () => cloud.gate.loseLogin('the login was revoked: log in again'),
      () => cloud.gate.restoreLogin(),
    ),
    hold: switched(
      () => cloud.gate.hold(),
      () => cloud.gate.release(),
    ),
    misdirectListings: switched(
      () => cloud.misdirectListings(true),
      () => cloud.misdirectListings(false),
    ),
    severalParts: 3 * PART_SIZE + 1,
    loseAnswer: async (work) => {
      // What is known is proved first: the answer after that tells that the file is made.
      const skip = work === 'rapid' ? cloud.settings.challenges : 0;
      const end = cloud.gate.outages.begin({ call: CALL_OF[work], kind: 'lost', skip });
      return await Promise.resolve(() => promised(end));
    },
    fill: switched(
      () => cloud.resize(cloud.space().used),
      () => cloud.resize(cloud.settings.total),
    ),
    failOffline: switched(
      () => cloud.offline.failNew(true),
      () => cloud.offline.failNew(false),
    ),
    exhaustOffline: switched(
      () => cloud.offline.limit(cloud.offline.quota.used),
      () => cloud.offline.limit(null),
    ),
    addTorrent: (directoryId) => promised(() => plantTorrent(cloud, directoryId)),
    trashed: () => promised(() => cloud.bin.entries().map(({ name }) => name)),
  });
}

function plantTorrent(cloud: MemoryCloud, directoryId: string): string {
  const { id } = cloud.addFile(directoryId, 'film.torrent', patternContent(1, 100));
  const files = [
    { path: 'film/a.mkv', size: 2_000_000, preselected: true },
    { path: 'film/a.nfo', size: 3200, preselected: false },
  ];
  cloud.offline.plantTorrent(id, { name: 'film', files });
  return id;
}

/** What the cloud does at once, as the promise that a cloud elsewhere would need. */
async function promised<T>(work: () => T): Promise<T> {
  await Promise.resolve();
  return work();
}

function switched(on: () => void, off: () => void): () => Promise<Undo> {
  return async () => {
    await promised(on);
    return () => promised(off);
  };
}
