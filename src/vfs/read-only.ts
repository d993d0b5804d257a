import { constants } from 'node:fs';
import { FsError } from '../lib/errors.js';

/** Every operation that would change something. */
export type WritingOperation =
  | 'chmod'
  | 'chown'
  | 'create'
  | 'fallocate'
  | 'link'
  | 'mkdir'
  | 'mknod'
  | 'open for writing'
  | 'removexattr'
  | 'rename'
  | 'rmdir'
  | 'setxattr'
  | 'symlink'
  | 'truncate'
  | 'unlink'
  | 'utimens'
  | 'write';

/** The answer to an operation that would change something on a read-only drive. */
export function readOnly(operation: WritingOperation, path: string): FsError {
  return new FsError('EROFS', `${path}: ${operation} refused, the drive is mounted read-only`, {
    expected: true,
  });
}

/** Whether these open(2) flags ask for more than reading. */
export function wantsToWrite(flags: number): boolean {
  return (flags & (constants.O_WRONLY | constants.O_RDWR | constants.O_TRUNC)) !== 0;
}
