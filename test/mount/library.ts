import type { Clock } from '../../src/lib/env.js';
import type { VfsDrive } from '../../src/vfs/drive.js';
import { fakeDrive } from '../fakes/fake-drive.js';
import { writableDrive } from '../fakes/fake-writes.js';
import type { WatchedCloud } from './watched-cloud.js';

/** Names that programs stumble over. */
export const AWKWARD_NAMES = [
  '流浪地球 (2019).mkv',
  '🎬 film.txt',
  'with  two blanks',
  'quote\'and"quote',
  '-dash',
  'new\nline',
  '（“full－width”）',
  'é decomposed',
  'x'.repeat(255),
  '长'.repeat(85),
];

/** Whether the tests may do what only root may. */
export const IS_ROOT = process.geteuid?.() === 0;
/** Who runs the tests. */
export const TESTER = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
/** Who owns what a mount shows: somebody else where that does not shut the tests out. */
export const OWNER = IS_ROOT ? { uid: 1234, gid: 2345 } : TESTER;
export const FILM_SIZE = 3 * 2 ** 20 + 17;
export const DEAD_FILES = 40;
export const WIDE = { '/wide/none': 0, '/wide/one': 1, '/wide/3000': 3000, '/wide/10000': 10_000 } as const;

/** A drive to mount, and how its cloud changes. */
export interface Library {
  readonly drive: VfsDrive;
  /** Another file of this size takes the path. */
  replace(path: string, size: number): Promise<void>;
  /** The cloud has what was written to a path. */
  upload?(path: string): Promise<void>;
  /** What the drive was asked to change, in order. */
  readonly changes?: readonly string[];
  readonly cloud?: WatchedCloud;
  /** The mount looks at a directory of the cloud again. */
  refresh?(path: string): Promise<void>;
  /** Everything but the cloud begins again, from what is on disk. */
  restart?(): Promise<void>;
}

/** What the mount tests look at. Ids count up from 1 in this order, so that bytes can be told from paths. */
export function fakeLibrary(): Library {
  const drive = fakeDrive();
  const { tree } = drive;
  tree.addFile('/film.mkv', FILM_SIZE);
  tree.addFile('/five.txt', 5);
  tree.addFile('/empty.txt', 0);
  tree.addFile('/large.iso', 5 * 2 ** 40);
  tree.addFile('/deep/a/b/c/leaf.txt', 100);
  for (let index = 0; index < DEAD_FILES; index += 1) tree.addFile(`/dead/dead-${index}.mkv`, FILM_SIZE);
  for (const name of AWKWARD_NAMES) tree.addFile(`/awkward/${name}`, 10);
  for (const [path, count] of Object.entries(WIDE)) {
    tree.addDirectory(path);
    for (let index = 0; index < count; index += 1) tree.addFile(`${path}/file-${index}.nfo`, index);
  }
  const replace = (path: string, size: number): Promise<void> => {
    tree.remove(path);
    tree.addFile(path, size);
    tree.tell(path);
    return Promise.resolve();
  };
  return { drive, replace };
}

/** Bytes of `/film.mkv` and `/large.bin` in the writable library. */
export const WRITABLE_FILM_SIZE = 3 * 2 ** 20 + 17;
/** Bytes of `/huge.iso` in the writing library. */
export const HUGE_SIZE = 10 * 2 ** 30;
/** Bytes that may be written to it, and that one file may have. */
export const WRITABLE_BUDGET = 256 * 2 ** 20;
export const WRITABLE_LARGEST = 8 * 2 ** 40;

/** A drive that takes what is written to it, in memory. */
export function writableLibrary(clock: Clock): Library {
  const drive = writableDrive(clock, fakeDrive());
  const { tree, writes } = drive;
  tree.addFile('/film.mkv', WRITABLE_FILM_SIZE);
  tree.addFile('/folder/five.txt', 5);
  tree.addDirectory('/empty');
  writes.budget = WRITABLE_BUDGET;
  writes.largestFile = WRITABLE_LARGEST;
  tree.forbidden = '"<>';
  Object.assign(drive.source.driver.facts, { forbiddenCharacters: tree.forbidden });
  return {
    drive,
    changes: writes.calls,
    replace: (path, size) => {
      tree.remove(path);
      tree.addFile(path, size);
      tree.tell(path);
      return Promise.resolve();
    },
    upload: async (path) => {
      const { entry } = await tree.resolve(path);
      await writes.upload(entry.id);
    },
  };
}
