import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ReadersReport, ReadersTask } from './random-readers.js';

const SCRIPT = fileURLToPath(new URL('random-readers.ts', import.meta.url));

/** Runs readers in a process of their own, with a thread for each: a mount that hangs stops only them. */
export async function readAtRandom(task: ReadersTask): Promise<ReadersReport> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: String(task.readers + 4) },
  });
  return JSON.parse(await text(child.stdout)) as ReadersReport;
}
