import { dirname } from 'node:path';
import type { Config, KeepFree } from '../config/config.js';
import { parseMountInfo } from '../fuse/mount-table.js';
import type { Finding } from '../lib/doctor-protocol.js';
import { formatSize } from '../lib/quantity.js';
import { findingsOf } from './findings.js';
import { codeOf, type Machine, type Room, wordsOf } from './machine.js';

const { ok, warn, fail } = findingsOf('disk');

/** The tree and the journal grow by that without asking. */
const STATE = 64 * 1024 * 1024;

/** A folder of panfuse. */
interface Folder {
  readonly what: 'state' | 'cache' | 'spool';
  readonly path: string;
  readonly keepFree: KeepFree;
  /** What happens when the room is used up. */
  readonly consequence: string;
  readonly setting: string;
}

/** Whether what panfuse keeps can be written, and for how long. */
export async function checkDisks(machine: Machine, config: Config): Promise<readonly Finding[]> {
  return await Promise.all(foldersOf(config).map((folder) => checkFolder(machine, folder)));
}

function foldersOf({ state, cache, upload }: Config): readonly Folder[] {
  return [
    {
      ...{ what: 'state', path: state.path, keepFree: { bytes: STATE }, setting: 'state.path' },
      consequence: 'nothing can be remembered',
    },
    {
      ...{ what: 'cache', path: cache.path, keepFree: cache.keepFree, setting: 'cache.path' },
      consequence: 'nothing new is kept for reading',
    },
    {
      ...{
        what: 'spool',
        path: upload.spool.path,
        keepFree: upload.spool.keepFree,
        setting: 'upload.spool.path',
      },
      consequence: 'writing to a mount fails with "No space left on device"',
    },
  ];
}

async function checkFolder(machine: Machine, folder: Folder): Promise<Finding> {
  const { what, path, setting } = folder;
  const subject = `${what} ${path}`;
  try {
    const there = await nearest(machine, path);
    const mounted = await drivePathAt(machine, there);
    if (mounted !== null) {
      const message = `lies inside the mount ${mounted}: panfuse would wait for itself`;
      return fail(subject, message, `set ${setting} to a folder of a local disk`);
    }
    await machine.mayUse(there);
    return judge(folder, subject, await machine.roomAt(there));
  } catch (error) {
    return fail(
      subject,
      `cannot be used: ${wordsOf(error)}`,
      `make it yours (sudo chown), or set ${setting}`,
    );
  }
}

function judge({ what, keepFree, consequence, setting }: Folder, subject: string, room: Room): Finding {
  const kept = 'bytes' in keepFree ? keepFree.bytes : keepFree.share * room.total;
  const left = room.free - kept;
  if (left <= 0) {
    const message = `${formatSize(room.free)} free, of which ${formatSize(kept)} must stay free: ${consequence}`;
    const advice = `make room, or set ${setting} to another disk`;
    return what === 'cache' ? warn(subject, message, advice) : fail(subject, message, advice);
  }
  if (room.inMemory && what !== 'cache') {
    const message = 'is in memory: what was written and not uploaded is lost when the machine stops';
    return warn(subject, message, `set ${setting} to a folder on a disk`);
  }
  return ok(subject, `${formatSize(left)} to use`);
}

/** The folder itself, or the one above that is there already. */
async function nearest(machine: Machine, path: string): Promise<string> {
  try {
    await machine.stat(path);
    return path;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return await nearest(machine, dirname(path));
  }
}

/** The mount of a drive that a path lies in; null when it lies in none. */
async function drivePathAt(machine: Machine, path: string): Promise<string | null> {
  const table = parseMountInfo(await machine.read('/proc/self/mountinfo').catch(() => ''));
  const found = table.find(
    (entry) => entry.type === 'fuse.panfuse' && (path === entry.path || path.startsWith(`${entry.path}/`)),
  );
  return found?.path ?? null;
}
