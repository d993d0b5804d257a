import type { Call } from '../lib/call.js';
import type { VfsDrive } from './drive.js';
import { NAME_BYTES } from './location.js';

/** What statfs shows; blocks are units of `frsize` bytes. */
export interface SpaceAttributes {
  readonly bsize: number;
  readonly frsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
  readonly favail: number;
  readonly namemax: number;
}

/** 1 MiB, so that petabytes fit in programs with 32-bit counters. */
const BLOCK_SIZE = 1024 * 1024;
/** Clouds do not count names; programs that look for free inodes must find some. */
const FREE_FILES = 1_000_000_000;

/**
 * The space of the accounts behind these drives, each account once. An account whose cloud does not say counts
 * as nothing. Rejects as Tree.space does.
 */
export async function spaceOf(drives: readonly VfsDrive[], call: Call): Promise<SpaceAttributes> {
  const accounts = new Map(drives.map((drive) => [drive.source.account, drive]));
  const spaces = await Promise.all([...accounts.values()].map((drive) => drive.tree.space(call)));
  let total = 0;
  let free = 0;
  for (const space of spaces) {
    if (space === null) continue;
    total += space.total;
    // An account can be over its quota; less than nothing free would show as an enormous number.
    free += Math.max(0, space.total - space.used);
  }
  const known = drives.reduce((sum, drive) => sum + drive.tree.status().entries, 0);
  const blocksFree = Math.floor(free / BLOCK_SIZE);
  return {
    bsize: BLOCK_SIZE,
    frsize: BLOCK_SIZE,
    blocks: Math.floor(total / BLOCK_SIZE),
    bfree: blocksFree,
    bavail: blocksFree,
    files: known + FREE_FILES,
    ffree: FREE_FILES,
    favail: FREE_FILES,
    namemax: NAME_BYTES,
  };
}
