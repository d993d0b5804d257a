/** Bytes from `start` up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** How many bytes the range holds. */
export function rangeLength(range: ByteRange): number {
  return range.end - range.start;
}

/** Whether two ranges have a byte in common. */
export function overlaps(a: ByteRange, b: ByteRange): boolean {
  return a.start < b.end && b.start < a.end;
}
