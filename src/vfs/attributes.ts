import { constants } from 'node:fs';
import type { Entry } from '../driver/entry.js';
import type { KeptAttributes, VfsDrive } from './drive.js';

/** Who owns everything in a mount, and what others may do. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits that are taken away: 0o022 gives files 0644 and directories 0755. */
  readonly umask: number;
}

/** Milliseconds since the epoch, or exactly. */
export type Time = number | { readonly seconds: number; readonly nanoseconds: number };

/** What stat shows. Sizes are bytes, `blocks` units of 512 bytes. */
export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atime: Time;
  readonly mtime: Time;
  readonly ctime: Time;
}

/** What is known here of an entry beyond what the cloud says. */
export interface LocalKnowledge {
  /** What was written and the cloud does not have yet: bytes, and milliseconds since the epoch. */
  readonly written: { readonly size: number; readonly modifiedAt: number } | null;
  readonly kept: KeptAttributes | null;
}

const BLOCK_SIZE = 4096;
/**
 * Programs such as cp write so much at once, the most that the kernel passes on. Who reads a file of the cloud shall not
 * ask for so much to see its head.
 */
const WRITTEN_BLOCK_SIZE = 1024 * 1024;
const FILE_PERMISSIONS = 0o666;
const DIRECTORY_PERMISSIONS = 0o777;
/** The bits that chmod(2) can change. */
export const MODE_BITS = 0o7777;

const NOTHING: LocalKnowledge = { written: null, kept: null };

/** The attributes of a file or directory. */
export function attributesOf(entry: Entry, ownership: Ownership, here: LocalKnowledge = NOTHING): Attributes {
  const modified = wholeMilliseconds(here.written?.modifiedAt ?? entry.modifiedAt);
  // A file uploaded today may carry an old modification time; programs that copy what changed look at ctime.
  const changed = Math.max(modified, wholeMilliseconds(entry.createdAt));
  const shown =
    entry.kind === 'directory'
      ? directoryAttributes(modified, changed, ownership)
      : fileAttributes(here.written?.size ?? entry.size, modified, changed, ownership);
  const sized = here.written === null ? shown : { ...shown, blksize: WRITTEN_BLOCK_SIZE };
  return here.kept === null ? sized : withKept(sized, here.kept);
}

/** The attributes of the root of a mount of several drives: as new as the newest of them. */
export function drivesAttributes(drives: readonly VfsDrive[], ownership: Ownership): Attributes {
  const modified = Math.max(0, ...drives.map((drive) => wholeMilliseconds(drive.tree.root.entry.modifiedAt)));
  return directoryAttributes(modified, modified, ownership);
}

/** The permission bits that a new file or directory shows when nobody has set others. */
export function plainMode(kind: Entry['kind'], { umask }: Ownership): number {
  return (kind === 'file' ? FILE_PERMISSIONS : DIRECTORY_PERMISSIONS) & ~umask;
}

function fileAttributes(size: number, modified: number, changed: number, ownership: Ownership): Attributes {
  return {
    mode: constants.S_IFREG | plainMode('file', ownership),
    uid: ownership.uid,
    gid: ownership.gid,
    nlink: 1,
    size,
    blksize: BLOCK_SIZE,
    blocks: Math.ceil(size / 512),
    atime: modified,
    mtime: modified,
    ctime: changed,
  };
}

function directoryAttributes(modified: number, changed: number, ownership: Ownership): Attributes {
  return {
    mode: constants.S_IFDIR | plainMode('directory', ownership),
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

function withKept(shown: Attributes, { mode, modifiedAt, accessedAt }: KeptAttributes): Attributes {
  const mtime = modifiedAt === undefined ? shown.mtime : exactTime(modifiedAt);
  return {
    ...shown,
    mode: mode === undefined ? shown.mode : (shown.mode & ~MODE_BITS) | (mode & MODE_BITS),
    mtime,
    atime: accessedAt === undefined ? mtime : exactTime(accessedAt),
  };
}

const NANOSECONDS = 1_000_000_000n;

function exactTime(nanoseconds: bigint): Time {
  const rest = ((nanoseconds % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  return { seconds: Number((nanoseconds - rest) / NANOSECONDS), nanoseconds: Number(rest) };
}

// Clouds report seconds with fractions and now and then nothing usable; the kernel takes whole numbers.
function wholeMilliseconds(time: number): number {
  return Number.isFinite(time) ? Math.trunc(time) : 0;
}
