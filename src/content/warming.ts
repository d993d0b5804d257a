import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import { type ByteRange, rangeLength } from '../lib/range.js';
import { UNIT } from './block-cache/units.js';
import { CachedBytes } from './cached-bytes.js';
import type { Blocks, Content, ContentSource } from './content.js';
import { contentKey } from './content-key.js';

/** Bytes that are asked for at once. */
const PIECE = 8 * UNIT;
/** What a program reads that looks what a film is: ffprobe wants a megabyte of the beginning, and where the index is the end. */
const HEAD = 1024 * 1024;
const TAIL = 4 * UNIT;
/** Bytes that may wait to be written before more is read: half of what the cache holds in its queue. */
const QUEUED = 16 * 1024 * 1024;
/** Milliseconds until it is looked again whether they are written. */
const PAUSE = 50;

/** What became of one file. */
export interface Warmed {
  /** Bytes that were wanted, that are cached now, and that had to be read. */
  readonly bytes: number;
  readonly cached: number;
  readonly read: number;
}

export interface WarmingParts {
  readonly clock: Clock;
  readonly content: Pick<Content, 'open'>;
  readonly blocks: Blocks;
}

/** What of a file is worth having before anybody reads it: all, or what a probe needs. */
export function wantedRanges(size: number, head: boolean): readonly ByteRange[] {
  if (size === 0) return [];
  if (!head || size <= HEAD + TAIL) return [{ start: 0, end: size }];
  const tail = Math.floor((size - TAIL) / UNIT) * UNIT;
  return [
    { start: 0, end: HEAD },
    { start: Math.max(HEAD, tail), end: size },
  ];
}

/**
 * Reads ranges of a file through the read engine, so that the block cache keeps them; what it has already is not read.
 * `tell` hears of bytes that are done. Rejects as OpenContent.read does.
 */
export async function warmFile(
  { clock, content, blocks }: WarmingParts,
  source: ContentSource,
  file: FileEntry,
  ranges: readonly ByteRange[],
  tell: (bytes: number) => void,
  call: Call,
): Promise<Warmed> {
  const kept = new CachedBytes(blocks, contentKey(source.account, file), file.size);
  const open = content.open(source, file);
  const bytes = ranges.reduce((sum, range) => sum + rangeLength(range), 0);
  try {
    const before = await keptOf(kept, ranges);
    for (const piece of ranges.flatMap(piecesOf)) {
      const length = rangeLength(piece);
      if (!(await kept.hasAll(piece))) await open.borrow(piece.start, length, call);
      tell(length);
      while (blocks.status().queued > QUEUED) await clock.sleep(PAUSE, call.signal);
    }
    return { bytes, cached: await keptOf(kept, ranges), read: bytes - before };
  } finally {
    open.close();
    kept.close();
  }
}

async function keptOf(kept: CachedBytes, ranges: readonly ByteRange[]): Promise<number> {
  let bytes = 0;
  for (const range of ranges) bytes += await kept.within(range);
  return bytes;
}

function piecesOf({ start, end }: ByteRange): readonly ByteRange[] {
  const pieces: ByteRange[] = [];
  for (let at = start; at < end; at += PIECE) pieces.push({ start: at, end: Math.min(end, at + PIECE) });
  return pieces;
}
