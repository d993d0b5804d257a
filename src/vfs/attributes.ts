import { constants } from 'node:fs';
import type { Entry } from '../driver/entry.js';
import type { VfsDrive } from './drive.js';

/** Who owns everything in a mount, and what others may do. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits that are taken away: 0o022 gives files 0644 and directories 0755. */
  readonly umask: number;
}

/** What stat shows. Times are milliseconds since the epoch, sizes bytes, `blocks` units of 512 bytes. */
export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atime: number;
  readonly mtime: number;
  readonly ctime: number;
}

const BLOCK_SIZE = 4096;
const FILE_PERMISSIONS = 0o666;
const DIRECTORY_PERMISSIONS = 0o777;

/** The attributes of a file or directory of the cloud. */
export function attributesOf(entry: Entry, ownership: Ownership): Attributes {
  const modified = wholeMilliseconds(entry.modifiedAt);
  // A file uploaded today may carry an old modification time; programs that copy what changed look at ctime.
  const changed = Math.max(modified, wholeMilliseconds(entry.createdAt));
  if (entry.kind === 'directory') return directoryAttributes(modified, changed, ownership);
  return {
    mode: constants.S_IFREG | (FILE_PERMISSIONS & ~ownership.umask),
    uid: ownership.uid,
    gid: ownership.gid,
    nlink: 1,
    size: entry.size,
    blksize: BLOCK_SIZE,
    blocks: Math.ceil(entry.size / 512),
    atime: modified,
    mtime: modified,
    ctime: changed,
  };
}

/** The attributes of the root of a mount of several drives: as new as the newest of them. */
export function drivesAttributes(drives: readonly VfsDrive[], ownership: Ownership): Attributes {
  const modified = Math.max(0, ...drives.map((drive) => wholeMilliseconds(drive.tree.root.entry.modifiedAt)));
  return directoryAttributes(modified, modified, ownership);
}

function directoryAttributes(modified: number, changed: number, ownership: Ownership): Attributes {
  return {
    mode: constants.S_IFDIR | (DIRECTORY_PERMISSIONS & ~ownership.umask),
    uid: ownership.uid,
    gid: ownership.gid,
    nlink: 2,
    size: 0,
    blksize: BLOCK_SIZE,
    blocks: 0,
    atime: modified,
    mtime: modified,
    ctime: changed,
  };
}

// Clouds report seconds with fractions and now and then nothing usable; the kernel takes whole numbers.
function wholeMilliseconds(time: number): number {
  return Number.isFinite(time) ? Math.trunc(time) : 0;
}
