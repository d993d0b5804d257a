import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseMountInfo } from '../../../src/fuse/mount-table.js';

/** What is mounted below a folder now. Asks the kernel's table, never the mounts themselves. */
export function mountsBelow(folder: string): readonly { readonly path: string; readonly device: string }[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')).filter(({ path }) =>
    path.startsWith(`${folder}/`),
  );
}

/** Frees every program that waits for a mount below a folder, and takes the mounts out of sight. */
export function abortMounts(folder: string): void {
  for (const { path, device } of mountsBelow(folder)) {
    const minor = device.split(':')[1] ?? '';
    try {
      writeFileSync(`/sys/fs/fuse/connections/${minor}/abort`, '1');
    } catch (error) {
      // Somebody else's daemon has ended it, or this user may not: the detaching below is what is left.
      process.stderr.write(`watchdog: ${path} could not be aborted: ${String(error)}\n`);
    }
    spawnSync('fusermount3', ['-u', '-z', path], { stdio: 'ignore' });
  }
}
