import { type ErrnoName, FsError, toFsError } from '../lib/errors.js';

const DAMAGE = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

const ERRNO: Readonly<Record<string, ErrnoName>> = {
  SQLITE_FULL: 'ENOSPC',
  SQLITE_BUSY: 'EBUSY',
  SQLITE_LOCKED: 'EBUSY',
  SQLITE_CANTOPEN: 'EACCES',
  SQLITE_READONLY: 'EACCES',
  SQLITE_PERM: 'EACCES',
  ENOSPC: 'ENOSPC',
  EACCES: 'EACCES',
  EPERM: 'EACCES',
  EROFS: 'EACCES',
};

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EBUSY: 'another process is using it',
  EACCES: 'it cannot be opened for writing',
};

/** True when SQLite says that the file itself is not what it should be. */
export function isDamage(error: unknown): boolean {
  return DAMAGE.has(codeOf(error));
}

/** An error of SQLite or of the file system as an FsError that names the file: ENOSPC, EBUSY, EACCES, anything else EIO. */
export function storageError(error: unknown, path: string): FsError {
  if (error instanceof FsError) return error;
  const errno = ERRNO[codeOf(error)] ?? 'EIO';
  const words = isDamage(error) ? 'the file is damaged' : (WORDS[errno] ?? toFsError(error).message);
  return new FsError(errno, `state file ${path}: ${words}`, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
