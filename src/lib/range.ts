/** Bytes from `start` up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** How many bytes the range holds. */
export function rangeLength(range: ByteRange): number {
  return range.end - range.start;
}
