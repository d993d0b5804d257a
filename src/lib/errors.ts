import { constants } from 'node:os';

/** The errno names that panfuse answers. */
export type ErrnoName =
  | 'EACCES'
  | 'EAGAIN'
  | 'EBADF'
  | 'EBUSY'
  | 'EDQUOT'
  | 'EEXIST'
  | 'EFBIG'
  | 'EINTR'
  | 'EINVAL'
  | 'EIO'
  | 'EISDIR'
  | 'ENAMETOOLONG'
  | 'ENODATA'
  | 'ENOENT'
  | 'ENOSPC'
  | 'ENOTDIR'
  | 'ENOTEMPTY'
  | 'EOPNOTSUPP'
  | 'EPERM'
  | 'EROFS'
  | 'ESTALE'
  | 'ETIMEDOUT'
  | 'EXDEV';

/**
 * Why something failed, as far as the next step of the person depends on it.
 * login: log in again. throttle: wait. network: the cloud did not answer. gone: it no longer exists.
 * refused: the cloud or the configuration says no. reply: an answer of an unknown or impossible shape.
 * daemon: none is running to ask; start it.
 */
export type FailureReason =
  'login' | 'throttle' | 'network' | 'gone' | 'refused' | 'reply' | 'daemon' | 'other';

export interface FsErrorOptions {
  readonly cause?: unknown;
  readonly reason?: FailureReason;
  /** True for what happens all day (a missing name): logged at debug level. */
  readonly expected?: boolean;
}

/** The one error class that crosses layers. The message is for a person; the errno is what a program sees. */
export class FsError extends Error {
  override readonly name = 'FsError';
  readonly errno: ErrnoName;
  readonly reason: FailureReason;
  readonly expected: boolean;

  constructor(errno: ErrnoName, message: string, options: FsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.errno = errno;
    this.reason = options.reason ?? 'other';
    this.expected = options.expected ?? false;
  }
}

/** Any thrown value as an FsError: an FsError as it is, an abort as EINTR, anything else as EIO with its cause kept. */
export function toFsError(error: unknown): FsError {
  if (error instanceof FsError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new FsError('EINTR', 'interrupted', { cause: error, expected: true });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new FsError('EIO', message, { cause: error });
}

/** The number that the kernel knows this errno by (positive). */
export function errnoNumber(name: ErrnoName): number {
  return constants.errno[name];
}

/** A missing name: expected, logged at debug level. */
export function notFound(what: string): FsError {
  return new FsError('ENOENT', `${what}: no such file or directory`, { expected: true, reason: 'gone' });
}
