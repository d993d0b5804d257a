import { FsError } from '../lib/errors.js';
import type { VfsDrive } from './drive.js';

/** Operations that no drive has. */
export type RefusedOperation = 'exchange' | 'link' | 'mknod' | 'symlink';

const WORDS: Readonly<Record<RefusedOperation, string>> = {
  exchange: 'two names cannot be exchanged in one step',
  link: 'a file has one name, hard links do not exist here',
  mknod: 'only files and directories exist here',
  symlink: 'symbolic links do not exist here',
};

/**
 * The answer to an operation that no drive has: EROFS where nothing can be written at all, EINVAL for what a flag
 * asks (programs try again without it), else EPERM as link(2), symlink(2) and mknod(2) have it.
 */
export function refused(operation: RefusedOperation, drive: VfsDrive | null, path: string): FsError {
  if (drive?.writes === null) {
    return new FsError('EROFS', `${path}: ${operation} refused, the drive is mounted read-only`, {
      expected: true,
    });
  }
  const errno = operation === 'exchange' ? 'EINVAL' : 'EPERM';
  return new FsError(errno, `${path}: ${WORDS[operation]}`, { expected: true });
}
