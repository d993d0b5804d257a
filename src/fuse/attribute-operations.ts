import type { TimeChange } from '../vfs/attribute-changes.js';
import type { Reply } from './answers.js';
import {
  type FuseOperations,
  type FuseStatfs,
  type FuseStats,
  type FuseTimespec,
  UTIME_NOW,
  UTIME_OMIT,
} from './binding.js';
import { type OperationParts, settled, viewOf } from './operation-parts.js';

/** stat and what changes it. */
export function attributeOperations(parts: OperationParts): FuseOperations {
  return { ...shown(parts), ...changes(parts), ...extended(parts) };
}

function shown({ vfs, metadata }: OperationParts) {
  return {
    getattr: (path: string | null, reply: Reply<FuseStats>) =>
      metadata('getattr', path, (call) => vfs.getattr(path ?? '', call), reply),
    fgetattr: (path: string | null, handle: number | bigint, reply: Reply<FuseStats>) =>
      metadata('fgetattr', path, () => settled(() => vfs.fgetattr(Number(handle))), reply),
    access: (path: string, mode: number, reply: Reply<void>) =>
      metadata('access', path, (call) => vfs.access(path, mode, call), reply),
    statfs: (path: string, reply: Reply<FuseStatfs>) =>
      metadata('statfs', path, (call) => vfs.statfs(path, call), reply),
  };
}

function changes({ vfs, metadata }: OperationParts) {
  return {
    chmod: (path: string | null, mode: number, reply: Reply<void>) =>
      metadata('chmod', path, (call) => vfs.chmod(path ?? '', mode, call), reply),
    chown: (path: string | null, uid: number, gid: number, reply: Reply<void>) =>
      metadata('chown', path, (call) => vfs.chown(path ?? '', uid, gid, call), reply),
    utimensWithTimespec: (
      path: string | null,
      accessed: FuseTimespec,
      modified: FuseTimespec,
      reply: Reply<void>,
    ) => {
      const times = [timeOf(accessed), timeOf(modified)] as const;
      metadata('utimens', path, (call) => vfs.utimens(path ?? '', ...times, call), reply);
    },
  };
}

function extended({ vfs, metadata }: OperationParts) {
  return {
    getxattr: (path: string, name: string, _position: number, reply: Reply<Buffer>) =>
      metadata('getxattr', path, async (call) => viewOf(await vfs.getxattr(path, name, call)), reply),
    // No listxattr: its absence is the one answer that the kernel remembers, and `ls -l` of today's coreutils
    // lists the attributes of every file (10,001 requests for 10,000 files).
    setxattr: (
      path: string,
      name: string,
      value: Buffer,
      _position: number,
      flags: number,
      reply: Reply<void>,
    ) => metadata('setxattr', path, (call) => vfs.setxattr(path, name, value, flags, call), reply),
    removexattr: (path: string, name: string, reply: Reply<void>) =>
      metadata('removexattr', path, (call) => vfs.removexattr(path, name, call), reply),
  };
}

function timeOf({ seconds, nanoseconds }: FuseTimespec): TimeChange {
  if (nanoseconds === UTIME_NOW) return 'now';
  if (nanoseconds === UTIME_OMIT) return 'keep';
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}
