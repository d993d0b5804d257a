import { existsSync, statSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Comparison, Scene } from '../comparison.js';
import type { Values } from '../figures.js';
import { MIB } from '../library.js';
import { processFigures } from '../process-figures.js';
import { makeRandomFile } from '../random-file.js';
import type { Side } from '../side.js';
import { timedProgram } from '../timed-program.js';

interface CopyInOptions {
  readonly bytes: number;
  readonly rounds: number;
}

/**
 * cp of one large file, timed until close(2) has answered: ours is on the disk then, rclone's is not. The source is in
 * the page cache. With the spool in memory ours differs from the empty handler by its own work alone; from there to
 * the spool on disk it is the disk.
 */
export function copyIn({ bytes, rounds }: CopyInOptions): Comparison {
  return {
    name: 'copy-in',
    title: `cp of ${bytes / MIB} MiB into the mount, durable at close (rclone does not sync), median of ${rounds}`,
    goal: 'at most the time of rclone, or 1.5 of the plain copy with fdatasync',
    columns: [
      { key: 'seconds', heading: 's', digits: 2, ratio: true },
      { key: 'sync', heading: 'of it sync s', digits: 2 },
      { key: 'speed', heading: 'MB/s', digits: 0 },
      { key: 'cpu', heading: 'CPU s', digits: 2 },
      { key: 'writes', heading: 'writes', digits: 0 },
      { key: 'request', heading: 'KiB a write', digits: 0 },
    ],
    films: 0,
    rounds,
    roundsOfOthers: rounds,
    warm: true,
    baseline: {
      name: 'plain copy, fdatasync',
      async measure(_raw, _films, scene) {
        const target = join(scene.folder, 'plain-copy.bin');
        const source = await readySource(scene, bytes);
        const copied = await timedCopy(source, target);
        const { seconds: sync } = await timedProgram('sync', '--data', target);
        await unlink(target);
        const seconds = copied + sync;
        return { values: { seconds, sync, speed: bytes / 1e6 / seconds }, wanted: 0 };
      },
    },
    async prepare(_side, _films, scene) {
      // What one side left for the disk to do must not slow the next.
      await timedProgram('sync', '--file-system', scene.folder);
    },
    async run(side, _films, tally, scene) {
      const target = side.at('copied.bin');
      const source = await readySource(scene, bytes);
      const before = await use(side);
      const seconds = await timedCopy(source, target);
      const after = await use(side);
      if (statSync(target).size !== bytes) tally.wrong += 1;
      // Before anybody begins to upload it.
      await unlink(target);
      return { seconds, speed: bytes / 1e6 / seconds, ...differences(before, after, bytes) };
    },
  };
}

/** Bytes that nobody knows, in the page cache. */
async function readySource({ folder }: Scene, bytes: number): Promise<string> {
  const path = join(folder, `source-${bytes}.bin`);
  if (!existsSync(path)) {
    makeRandomFile(path, bytes);
    await timedProgram('sync', '--data', path);
  }
  await timedCopy(path, '/dev/null');
  return path;
}

/** Seconds. Byte by byte, also where the file system could share the blocks of the source. */
async function timedCopy(source: string, target: string): Promise<number> {
  return (await timedProgram('cp', '--reflink=never', source, target)).seconds;
}

interface Use {
  readonly cpu: number;
  /** Writes of the kernel; null when nobody counts them. */
  readonly writes: number | null;
}

async function use(side: Side): Promise<Use> {
  const requests = await side.requests();
  const writes = requests === null ? null : (requests['write'] ?? 0);
  return { cpu: processFigures(side.pid).cpu, writes };
}

function differences(before: Use, after: Use, bytes: number): Values {
  const cpu = after.cpu - before.cpu;
  if (before.writes === null || after.writes === null) return { cpu };
  const writes = after.writes - before.writes;
  return { cpu, writes, request: bytes / 1024 / writes };
}
