import { setTimeout as delay } from 'node:timers/promises';
import { mountAt } from '../../src/fuse/mount-table.js';
import type { Child } from './child.js';
import type { RequestCounts } from './request-counts.js';
import type { ControlClient } from '../../test/clouds/control-client.js';

/** A program that mounts the cloud, ours or another one. */
export interface Side {
  /** For the table. */
  readonly name: string;
  /** Counts what the program costs the cloud. */
  readonly cloud: ControlClient;
  readonly pid: number;
  /** A path in the mount. */
  at(path: string): string;
  /** Mounts; resolves when the kernel has it. */
  start(): Promise<void>;
  /** Bytes that programs asked it for since it began; null when it does not tell. */
  bytesAsked(): Promise<number | null>;
  /** Requests of the kernel since it began; null when nobody counts them. */
  requests(): Promise<RequestCounts | null>;
  /** Resolves when the cloud has all that was written through the mount; rejects for a program that does not tell. */
  drained(): Promise<void>;
  /** Unmounts and ends the program; whatever it keeps on disk stays. */
  stop(): Promise<void>;
}

const MOUNT_LIMIT = 30_000;

/** Resolves when something is mounted at the path; rejects when that takes too long or the program has ended. */
export async function untilMounted(path: string, program: Child): Promise<void> {
  const end = performance.now() + MOUNT_LIMIT;
  while ((await mountAt(path)) === null) {
    if (!program.running) throw new Error(`nothing was mounted at ${path}:\n${program.lastOutput}`);
    if (performance.now() > end) throw new Error(`nothing was mounted at ${path} in time`);
    await delay(5);
  }
}
