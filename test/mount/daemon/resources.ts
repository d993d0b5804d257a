import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What a process holds at one moment. */
export interface Resources {
  /** Bytes. */
  readonly resident: number;
  readonly descriptors: number;
}

export function resourcesOf(pid: number): Resources {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { resident: pages * 4096, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

/** What a process held, once in `every` milliseconds until the work is done. */
export async function resourcesDuring(
  pid: number,
  every: number,
  work: Promise<unknown>,
): Promise<readonly Resources[]> {
  const samples: Resources[] = [];
  const state = { done: false };
  const finished = work.finally(() => {
    state.done = true;
  });
  while (!state.done) {
    samples.push(resourcesOf(pid));
    await Promise.race([delay(every), finished]);
  }
  return samples;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
