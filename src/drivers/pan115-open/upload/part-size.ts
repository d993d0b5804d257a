const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

/** Files up to this size go in one request, without parts. */
export const LARGEST_WHOLE = 16 * MIB;

/** The largest part that OSS takes. */
const LARGEST_PART = 5 * GIB;

/** File size above which the part size holds, the largest first: those of the client that most people use (115-open.md §17.6). */
const SIZES: readonly (readonly [above: number, part: number])[] = [
  [TIB, LARGEST_PART],
  [768 * GIB, 109_951_163],
  [512 * GIB, 82_463_373],
  [384 * GIB, 54_975_582],
  [256 * GIB, 41_231_687],
  [128 * GIB, 27_487_791],
];

const USUAL_PART = 20 * MIB;

/** Bytes of each part but the last of a file: never more than 10,000 parts, never a part below 10 MiB. */
export function partSize(size: number): number {
  return SIZES.find(([above]) => size > above)?.[1] ?? USUAL_PART;
}
