import { type ErrnoName, FsError, toFsError } from '../../lib/errors.js';

/** What a program is told as it is; anything else of the spool's disk is EIO. */
const PASSED_ON: Readonly<Record<string, ErrnoName>> = {
  EDQUOT: 'EDQUOT',
  EFBIG: 'EFBIG',
  ENOSPC: 'ENOSPC',
  EROFS: 'EROFS',
};

const WORDS: Readonly<Record<string, string>> = {
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'it is missing',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
};

/** An error of the local file system as an FsError that names the spool file. */
export function diskError(error: unknown, path: string): FsError {
  if (error instanceof FsError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = WORDS[code] ?? toFsError(error).message;
  return new FsError(PASSED_ON[code] ?? 'EIO', `spool file ${path}: ${words}`, { cause: error });
}
