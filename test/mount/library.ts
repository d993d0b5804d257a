import type { VfsDrive } from '../../src/vfs/drive.js';
import { fakeDrive } from '../fakes/fake-drive.js';

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
/** Who owns what a mount shows: somebody else where that does not shut the tests out. */
export const OWNER = IS_ROOT
  ? { uid: 1234, gid: 2345 }
  : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
export const FILM_SIZE = 3 * 2 ** 20 + 17;
export const DEAD_FILES = 40;
export const WIDE = { '/wide/none': 0, '/wide/one': 1, '/wide/3000': 3000, '/wide/10000': 10_000 } as const;

/** A drive to mount, and how its cloud changes. */
export interface Library {
  readonly drive: VfsDrive;
  /** Another file of this size takes the path. */
  replace(path: string, size: number): Promise<void>;
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
