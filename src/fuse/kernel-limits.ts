import { execFile } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Env } from '../lib/env.js';

const run = promisify(execFile);

/** Limits of the kernel for one mount; null where they cannot be read. */
export interface KernelLimits {
  /** Reads that the kernel hands out at once; more wait inside the kernel. */
  readonly background: number | null;
  /** Bytes that the kernel asks for ahead of a reader. */
  readonly readAhead: number | null;
}

/** Leaves a quarter of the binding's 64 workers to requests for metadata. */
const BACKGROUND = 48;
const CONGESTION = 36;

/**
 * Raises what the kernel does at once for a mount, as far as this process may, and tells what stands.
 * Never rejects: the mount works without.
 * @param device `major:minor` of the mount
 * @param sys where sysfs is
 */
export async function raiseKernelLimits(
  env: Env,
  device: string,
  readAhead: number,
  sys = '/sys',
): Promise<KernelLimits> {
  const minor = device.split(':')[1] ?? '';
  const connections = join(sys, 'fs/fuse/connections');
  const connection = join(connections, minor);
  await showConnections(env, connections, connection);
  const background = join(connection, 'max_background');
  const ahead = join(sys, 'class/bdi', device, 'read_ahead_kb');
  const refused = [
    await write(background, BACKGROUND),
    await write(join(connection, 'congestion_threshold'), CONGESTION),
    await write(ahead, Math.ceil(readAhead / 1024)),
  ].filter((reason) => reason !== null);
  const kibibytes = await read(ahead);
  const limits = {
    background: await read(background),
    readAhead: kibibytes === null ? null : kibibytes * 1024,
  };
  if (refused.length > 0) {
    env.log.info(
      `The kernel keeps limits of its own for this mount: ${limits.background ?? 12} reads at once, ` +
        `${(limits.readAhead ?? 131_072) / 1024} KiB read ahead; root may raise both, a user the reads ` +
        'where /sys/fs/fuse/connections is mounted',
      { refused: refused[0] },
    );
  }
  return limits;
}

// Containers and minimal systems come without the file system that shows the connections.
async function showConnections(env: Env, connections: string, connection: string): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  try {
    await access(connection);
  } catch {
    try {
      await run('mount', ['-t', 'fusectl', 'none', connections], { timeout: 5000 });
    } catch (error) {
      env.log.debug('fusectl could not be mounted', { cause: error });
    }
  }
}

async function write(path: string, value: number): Promise<string | null> {
  try {
    await writeFile(path, `${value}`);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function read(path: string): Promise<number | null> {
  try {
    const value = Number((await readFile(path, 'utf8')).trim());
    return Number.isInteger(value) ? value : null;
  } catch {
    return null;
  }
}
