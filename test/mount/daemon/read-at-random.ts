import type { ReadersReport, ReadersTask } from './random-readers.js';
import { ReaderProcess } from './reader-process.js';

/** Runs readers at random places to the end of their time. */
export async function readAtRandom(task: ReadersTask): Promise<ReadersReport> {
  return await new ReaderProcess<ReadersReport>('random-readers.ts', task, task.readers).report;
}
