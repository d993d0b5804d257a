/** What has happened since the start. Units of 128 KiB, but for `evicted`: segments. */
export interface Counts {
  /** Units that were read from the cache. */
  hits: number;
  /** Units that were asked for and could not be given. */
  misses: number;
  /** Units that were torn or damaged on the disk. */
  damaged: number;
  /** Units that were offered and not kept: no room, too many at once, the disk fails. */
  dropped: number;
  evicted: number;
}

/** Nothing has happened yet. */
export function noCounts(): Counts {
  return { hits: 0, misses: 0, damaged: 0, dropped: 0, evicted: 0 };
}
