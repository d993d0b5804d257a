import type { UnknownFolders } from './tree-protocol.js';

/* What a daemon is asked about the blocks of files that it keeps on the local disk. Sizes are bytes. */

/** What the block cache is and has done since the start. */
export interface CacheStatus {
  /** Where it lies. */
  readonly path: string;
  /** What was read, and the most that may become; beside it heads and tails of files that were only looked at. */
  readonly bytes: number;
  readonly limit: number;
  readonly probeBytes: number;
  readonly probeLimit: number;
  /** Contents of which something is there: files with the same bytes are one. */
  readonly contents: number;
  /** Contents that are never evicted, and their bytes, cached or not. */
  readonly pinned: { readonly contents: number; readonly bytes: number };
  /** What was read from it, and what was asked for and was not there. */
  readonly hits: number;
  readonly misses: number;
  /** What was damaged on the disk, what was offered and not kept. */
  readonly damaged: number;
  readonly dropped: number;
  /** Pieces of up to 16 MiB that made room for others. */
  readonly evicted: number;
  /** Why it takes nothing new for now; null while all is well. */
  readonly message: string | null;
}

/** Something that is never evicted, as it was called when it was pinned. */
export interface PinRow {
  readonly drive: string;
  readonly path: string;
  readonly size: number;
  /** Bytes of it that are in the cache. */
  readonly cached: number;
}

/** `films:/2026`, or an absolute path of this machine inside a mount: a file, or all files below a folder. */
export interface CachePathInput {
  readonly path: string;
}

/** A path, or all: not both. */
export interface CacheChoiceInput {
  readonly path?: string | undefined;
  readonly all: boolean;
}

export interface CachePinOutput {
  readonly files: number;
  readonly bytes: number;
  /** Folders whose files are not pinned because they were never listed. */
  readonly unknown: UnknownFolders;
}

export interface CacheUnpinOutput {
  readonly contents: number;
}

export interface CacheEvictOutput {
  readonly contents: number;
  /** What that freed on the disk. */
  readonly bytes: number;
  /** Contents that stay because they are pinned. */
  readonly pinned: number;
}

export interface CacheVerifyProgress {
  readonly checked: number;
  /** All that is in the cache. */
  readonly of: number;
  /** What was not right and has gone. */
  readonly dropped: number;
}

export interface CacheVerifyOutput {
  readonly checked: number;
  readonly dropped: number;
}

/** What was kept of folders that nothing leads to any more, and has gone. */
export interface SweptDrive {
  readonly drive: string;
  readonly directories: number;
  readonly entries: number;
}

export interface CacheWarmInput {
  readonly path: string;
  /** Only what a program reads that looks what a file is: its beginning and its end. */
  readonly head: boolean;
}

export interface CacheWarmProgress {
  /** Files that are done, and all there are. */
  readonly files: number;
  readonly of: number;
  /** Bytes that are done, and all that are wanted. */
  readonly bytes: number;
  readonly ofBytes: number;
  /** The file that is being read. */
  readonly path: string;
}

export interface CacheWarmOutput {
  readonly files: number;
  /** Bytes that were wanted, those that are cached now, and those that had to be read. */
  readonly bytes: number;
  readonly cached: number;
  readonly read: number;
  /** Files that could not be read, some of them with why. */
  readonly failed: number;
  readonly failures: readonly { readonly path: string; readonly message: string }[];
}

export interface CacheProtocol {
  /** Null when nothing is kept. */
  'GET /v1/cache': { input: Readonly<Record<string, never>>; output: CacheStatus | null; progress: never };
  'GET /v1/cache/pins': {
    input: Readonly<Record<string, never>>;
    output: readonly PinRow[];
    progress: never;
  };
  'POST /v1/cache/warm': { input: CacheWarmInput; output: CacheWarmOutput; progress: CacheWarmProgress };
  'POST /v1/cache/pin': { input: CachePathInput; output: CachePinOutput; progress: never };
  'POST /v1/cache/unpin': { input: CacheChoiceInput; output: CacheUnpinOutput; progress: never };
  'POST /v1/cache/evict': { input: CacheChoiceInput; output: CacheEvictOutput; progress: never };
  'POST /v1/cache/verify': {
    input: Readonly<Record<string, never>>;
    output: CacheVerifyOutput;
    progress: CacheVerifyProgress;
  };
  'POST /v1/cache/sweep': {
    input: Readonly<Record<string, never>>;
    output: readonly SweptDrive[];
    progress: never;
  };
}
