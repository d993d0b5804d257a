import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds in which a daemon hears what the kernel has forgotten. */
const FORGETTING = 200;

/** Makes the kernel forget pages, names and attributes that nobody uses, of every file system. Root only. */
export async function dropKernelCaches(): Promise<void> {
  writeFileSync('/proc/sys/vm/drop_caches', '3');
  await delay(FORGETTING);
}
