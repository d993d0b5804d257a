/** Bytes of a unit: what is checked, stored and counted as one. Only the last unit of a content may be shorter. */
export const UNIT = 128 * 1024;

/** How many units a content of `size` bytes has. */
export function unitsOf(size: number): number {
  return Math.ceil(size / UNIT);
}

/** Bytes of `count` units from `first` on, in a content of `size` bytes. */
export function unitBytes(size: number, first: number, count: number): number {
  return Math.max(0, Math.min(size, (first + count) * UNIT) - first * UNIT);
}
