const FIRST = 5000;
const LONGEST = 300_000;

/** Milliseconds to wait after so many failures in a row, from 5 s doubling to 5 min. */
export function growingDelay(failures: number): number {
  return Math.min(LONGEST, FIRST * 2 ** Math.max(0, failures - 1));
}
