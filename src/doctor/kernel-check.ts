import { type MountEntry, parseMountInfo } from '../fuse/mount-table.js';
import type { Finding } from '../lib/doctor-protocol.js';
import { formatSize } from '../lib/quantity.js';
import { findingsOf } from './findings.js';
import type { Machine } from './machine.js';

const { ok, warn } = findingsOf('kernel');

/** What panfuse asks the kernel for at each mount (see fuse/kernel-limits). */
const BACKGROUND = 48;
/** A media server that watches a large library needs one for each folder. */
const WATCHES = 65_536;
const PIPE = 1024 * 1024;

/** A mount of panfuse with what it should have. */
interface Wanted {
  readonly path: string;
  /** Bytes. */
  readonly readAhead: number;
}

/** The limits that the kernel keeps, for the mounts that are up and for everybody. */
export async function checkKernel(machine: Machine, mounts: readonly Wanted[]): Promise<readonly Finding[]> {
  const table = parseMountInfo(await machine.read('/proc/self/mountinfo').catch(() => ''));
  const up = mounts.flatMap((mount) => {
    const entry = table.findLast(({ path, type }) => path === mount.path && type === 'fuse.panfuse');
    return entry === undefined ? [] : [{ mount, entry }];
  });
  const found = await Promise.all(up.map(({ mount, entry }) => checkMount(machine, mount, entry)));
  return [...found.flat(), await checkWatches(machine), await checkPipes(machine)];
}

async function checkMount(
  machine: Machine,
  { path, readAhead }: Wanted,
  { device }: MountEntry,
): Promise<readonly Finding[]> {
  const backgroundFile = `/sys/fs/fuse/connections/${device.split(':')[1] ?? ''}/max_background`;
  const aheadFile = `/sys/class/bdi/${device}/read_ahead_kb`;
  const background = await numberIn(machine, backgroundFile);
  const ahead = await numberIn(machine, aheadFile);
  const kibibytes = Math.ceil(readAhead / 1024);
  return [
    background === null || background >= BACKGROUND
      ? ok(path, `${background ?? 'an unknown number of'} reads at once`)
      : warn(path, `only ${background} reads at once`, `echo ${BACKGROUND} | sudo tee ${backgroundFile}`),
    ahead === null || ahead >= kibibytes
      ? ok(path, `the kernel reads ${ahead ?? 'an unknown number of'} KiB ahead`)
      : warn(path, `the kernel reads only ${ahead} KiB ahead`, `echo ${kibibytes} | sudo tee ${aheadFile}`),
  ];
}

async function checkWatches(machine: Machine): Promise<Finding> {
  const file = '/proc/sys/fs/inotify/max_user_watches';
  const watches = await numberIn(machine, file);
  if (watches === null || watches >= WATCHES)
    return ok('inotify', `${watches ?? 'an unknown number of'} folders can be watched`);
  const message = `only ${watches} folders can be watched: too few for a media server with a large library`;
  return warn('inotify', message, `sudo sysctl fs.inotify.max_user_watches=${WATCHES}`);
}

async function checkPipes(machine: Machine): Promise<Finding> {
  const size = await numberIn(machine, '/proc/sys/fs/pipe-max-size');
  if (size === null) return ok('pipes', 'their largest size is not known');
  if (size >= PIPE) return ok('pipes', `up to ${formatSize(size)}`);
  return warn('pipes', `only up to ${formatSize(size)}`, `sudo sysctl fs.pipe-max-size=${PIPE}`);
}

/** Null where it cannot be read: containers hide much. */
async function numberIn(machine: Machine, file: string): Promise<number | null> {
  const text = await machine.read(file).catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : null;
}
