import { constants } from 'node:fs';
import type { RefusedOperation } from '../vfs/refusals.js';
import type { Reply } from './answers.js';
import type { FuseOperations } from './binding.js';
import type { OperationParts } from './operation-parts.js';

/** What adds, removes and moves names. */
export function nameOperations(parts: OperationParts): FuseOperations {
  return { ...added(parts), ...changed(parts), ...refused(parts) };
}

function added({ vfs, metadata }: OperationParts) {
  return {
    mkdir: (path: string, mode: number, reply: Reply<void>) =>
      metadata('mkdir', path, (call) => vfs.mkdir(path, mode, call), reply),
    mknod: (path: string, mode: number, _device: number | bigint, reply: Reply<void>) => {
      const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
      metadata(
        'mknod',
        path,
        (call) => (isFile ? vfs.mknod(path, mode, call) : Promise.reject(vfs.refuse('mknod', path))),
        reply,
      );
    },
  };
}

function changed({ vfs, metadata }: OperationParts) {
  return {
    unlink: (path: string, reply: Reply<void>) =>
      metadata('unlink', path, (call) => vfs.unlink(path, call), reply),
    rmdir: (path: string, reply: Reply<void>) =>
      metadata('rmdir', path, (call) => vfs.rmdir(path, call), reply),
    renameWithFlags: (from: string, to: string, flags: number, reply: Reply<void>) =>
      metadata('rename', from, (call) => vfs.rename(from, to, flags, call), reply),
  };
}

function refused({ vfs, metadata }: OperationParts) {
  const refuse = (operation: RefusedOperation, path: string, reply: Reply<never>): void =>
    metadata(operation, path, () => Promise.reject(vfs.refuse(operation, path)), reply);
  return {
    link: (_source: string, path: string, reply: Reply<never>) => refuse('link', path, reply),
    symlink: (_target: string, path: string, reply: Reply<never>) => refuse('symlink', path, reply),
  };
}
