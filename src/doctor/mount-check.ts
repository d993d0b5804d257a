import { type MountEntry, parseMountInfo } from '../fuse/mount-table.js';
import type { Clock } from '../lib/env.js';
import type { Finding } from '../lib/doctor-protocol.js';
import type { MountStatus } from '../lib/protocol.js';
import { formatDuration } from '../lib/quantity.js';
import { findingsOf } from './findings.js';
import { codeOf, type Machine, wordsOf } from './machine.js';

const { ok, warn, fail } = findingsOf('mount');

const OURS = 'fuse.panfuse';

/**
 * Whether the mounts live, those that a crash has left included. `expected` are paths of the configuration; `told` what
 * a running daemon says of its mounts, null without one.
 */
export async function checkMounts(
  parts: { readonly clock: Clock; readonly machine: Machine },
  expected: readonly string[],
  told: readonly MountStatus[] | null,
): Promise<readonly Finding[]> {
  const table = parseMountInfo(await parts.machine.read('/proc/self/mountinfo').catch(() => ''));
  const ours = table.filter(({ type }) => type === OURS).map(({ path }) => path);
  const paths = [...new Set([...expected, ...(told ?? []).map(({ path }) => path), ...ours])];
  return await Promise.all(
    paths.map(async (path) => {
      const entry = table.findLast((one) => one.path === path) ?? null;
      const status = told?.find((one) => one.path === path) ?? null;
      if (entry === null) return missing(path, status, told !== null);
      return await checkMount(parts, entry, status !== null || expected.includes(path));
    }),
  );
}

function missing(path: string, status: MountStatus | null, isRunning: boolean): Finding {
  if (status?.state === 'failed') return fail(path, status.message ?? 'is not mounted', null);
  if (!isRunning) return ok(path, 'is not mounted, as no daemon runs');
  return fail(
    path,
    'is not mounted',
    'somebody has unmounted it: panfuse mount DRIVE: PATH, or restart the daemon',
  );
}

async function checkMount(
  { clock, machine }: { readonly clock: Clock; readonly machine: Machine },
  { path, type, source }: MountEntry,
  isOurs: boolean,
): Promise<Finding> {
  if (type !== OURS) return fail(path, `${source} (${type}) is mounted there`, `sudo umount ${path}`);
  const begun = clock.monotonic();
  try {
    await machine.look(path);
    return ok(path, `answers in ${formatDuration(clock.monotonic() - begun)}`);
  } catch (error) {
    return dead(path, error, isOurs);
  }
}

/** What a daemon of another configuration does, or has left, is not our failure. */
function dead(path: string, error: unknown, isOurs: boolean): Finding {
  const code = codeOf(error);
  if (code === 'EACCES') return ok(path, 'belongs to another user');
  const detach = `fusermount3 -u -z ${path}`;
  const tell = isOurs ? fail : warn;
  if (code === 'ENOTCONN') {
    return tell(
      path,
      'is left of a daemon that has died',
      isOurs ? `start panfuse again, or ${detach}` : detach,
    );
  }
  return tell(path, `does not answer: ${wordsOf(error)}`, `look at the log, then ${detach}`);
}
