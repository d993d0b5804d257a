import { readFileSync, writeFileSync } from 'node:fs';

/** Of one process, as the kernel counts it. */
export interface ProcessFigures {
  /** Seconds of CPU in all its threads since it began. */
  readonly cpu: number;
  /** Bytes of memory now, and the most since `forgetPeak`. */
  readonly resident: number;
  readonly peak: number;
}

/** USER_HZ: the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export function processFigures(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  // The name of the program, in parentheses, may hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    cpu: ticks / TICKS_PER_SECOND,
    resident: kilobytes('VmRSS') * 1024,
    peak: kilobytes('VmHWM') * 1024,
  };
}

/** Begins the measurement of the most memory anew (proc(5), clear_refs). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** What a process took while the work ran; `load` is its share of one core. */
export async function withProcess<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly process: { readonly load: number; readonly peak: number } }> {
  forgetPeak(pid);
  const before = processFigures(pid);
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const { cpu, peak } = processFigures(pid);
  return { result, process: { load: (cpu - before.cpu) / seconds, peak } };
}
