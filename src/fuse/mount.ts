import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { Vfs } from '../vfs/vfs.js';
import { FuseConnection, type FuseOptions } from './binding.js';
import { EntryForgetting } from './entry-forgetting.js';
import { KernelInvalidation } from './invalidation.js';
import { type KernelLimits, raiseKernelLimits } from './kernel-limits.js';
import { type Mounted, MountedVfs } from './mounted-vfs.js';
import { prepareMountPoint } from './mount-point.js';
import { mountAt } from './mount-table.js';
import { Operations } from './operations.js';
import { startFailure } from './start-failure.js';

export type { Mounted, MountStatus } from './mounted-vfs.js';

export interface MountOptions {
  /** The mount point; created when it is missing. */
  readonly path: string;
  /** What `mount` and `df` show as the source. */
  readonly name: string;
  /** Whether other users than the daemon's may look inside. */
  readonly allowOther: boolean;
  /** Bytes that the kernel reads ahead, where this process may set it (root). */
  readonly readAhead: number;
  /** How long the content may take for one read, in milliseconds; the kernel is answered 5 s later at the latest. @default 120_000 */
  readonly readTimeout?: number;
  /** Whether the kernel itself refuses what would change something. @default true */
  readonly readOnly?: boolean;
}

const READ_TIMEOUT = 120_000;
const METADATA_DEADLINE = 125_000;
/** With `close: sync` a close waits until a large file is in the cloud. */
const DURABLE_DEADLINE = 24 * 3_600_000;
/** The answer of last resort, by the binding itself. */
const BINDING_DEADLINE = 150_000;
const LAST_RESORT = 25_000;
/** What may wait until bytes are safe. */
const DURABLE = ['flush', 'fsync', 'release', 'truncate'] as const;
/** How long the kernel may take to accept the mount. */
const START_DEADLINE = 15_000;
/** Seconds. Changes are told to the kernel, so that what is known may stay known. */
const ATTRIBUTE_TIMEOUT = 60;
const NEGATIVE_TIMEOUT = 5;
/** The most that the binding offers; a waiting request keeps its worker. */
const WORKERS = 64;

/**
 * Mounts a Vfs and resolves when the kernel has it. A dead mount of an earlier crash is detached first.
 * Rejects with FsError whose message says what to do: EBUSY (something is mounted there), ENOTDIR,
 * EPERM (`user_allow_other` is missing in /etc/fuse.conf), EACCES (no /dev/fuse), EIO. Nothing here keeps the process alive.
 */
export async function mountVfs(env: Env, vfs: Vfs, options: MountOptions): Promise<Mounted> {
  const path = await prepareMountPoint(env, options.path);
  const readDeadline = (options.readTimeout ?? READ_TIMEOUT) + 5000;
  const deadlines = { read: readDeadline, metadata: METADATA_DEADLINE, durable: DURABLE_DEADLINE };
  const operations = new Operations(env, vfs, deadlines, () => connection.isWriteback());
  let gone = (): void => undefined;
  const end = new Promise<void>((resolve) => {
    gone = resolve;
  });
  const connection: FuseConnection = new FuseConnection(
    path,
    operations.table(),
    bindingOptions(env, options, readDeadline),
    { negativeTimeout: NEGATIVE_TIMEOUT, readOnly: options.readOnly ?? true },
    () => gone(),
  );
  await opened(connection, path);
  const forgetting = new EntryForgetting({ clock: env.clock, connection, mountPoint: path });
  const invalidation = new KernelInvalidation(env, (name) => forgetting.forget(name));
  const limits = await kernelLimits(env, path, options.readAhead);
  const mounted = new MountedVfs(env, { path, vfs, operations, connection, invalidation, limits }, end);
  mounted.start();
  return mounted;
}

function bindingOptions(env: Env, options: MountOptions, readDeadline: number): FuseOptions {
  return {
    // What the source may hold is limited: a comma would begin another option.
    fsname: options.name.replace(/[\0,\\\r\n]/g, '_'),
    subtype: 'panfuse',
    allowOther: options.allowOther,
    defaultPermissions: true,
    maxConcurrency: WORKERS,
    attrTimeout: ATTRIBUTE_TIMEOUT,
    entryTimeout: ATTRIBUTE_TIMEOUT,
    timeout: {
      default: BINDING_DEADLINE,
      init: START_DEADLINE,
      readBuffer: Math.max(BINDING_DEADLINE, readDeadline + LAST_RESORT),
      ...Object.fromEntries(DURABLE.map((operation) => [operation, DURABLE_DEADLINE + LAST_RESORT])),
    },
    onError: (error, operation) => {
      if (error instanceof Error && 'code' in error && error.code === 'EFUSELOOPEXIT') {
        env.log.info(`${options.path} was unmounted from outside`, { path: options.path });
      } else env.log.error(`The FUSE binding failed at ${operation}`, { path: options.path, cause: error });
    },
  };
}

async function opened(connection: FuseConnection, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    connection.mount((error) => {
      if (error) reject(startFailure(path, error));
      else resolve();
    });
  });
}

async function kernelLimits(env: Env, path: string, readAhead: number): Promise<KernelLimits> {
  const entry = await mountAt(path);
  if (entry === null) throw new FsError('EIO', `${path} was unmounted while it was being mounted`);
  return await raiseKernelLimits(env, entry.device, readAhead);
}
