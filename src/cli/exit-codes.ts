import type { ErrnoName, FailureReason, FsError } from '../lib/errors.js';

/** What the program ends with: a promise to scripts. 0 to 5 mean what they mean for rclone. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  folderNotFound: 3,
  fileNotFound: 4,
  tryAgain: 5,
  refused: 6,
  logIn: 7,
  noDaemon: 8,
  interrupted: 130,
} as const;

const BY_REASON: Readonly<Partial<Record<FailureReason, number>>> = {
  daemon: EXIT.noDaemon,
  login: EXIT.logIn,
  throttle: EXIT.tryAgain,
  network: EXIT.tryAgain,
};

const BY_ERRNO: Readonly<Partial<Record<ErrnoName, number>>> = {
  EINVAL: EXIT.usage,
  ENOENT: EXIT.folderNotFound,
  ENOTDIR: EXIT.folderNotFound,
  // A file was named, and what is there is none.
  EISDIR: EXIT.fileNotFound,
  EAGAIN: EXIT.tryAgain,
  EBUSY: EXIT.tryAgain,
  ETIMEDOUT: EXIT.tryAgain,
  EACCES: EXIT.refused,
  EPERM: EXIT.refused,
  EROFS: EXIT.refused,
  EINTR: EXIT.interrupted,
};

/** The exit code of an error: its reason says more than its errno. */
export function exitCodeOf(error: FsError): number {
  return BY_REASON[error.reason] ?? BY_ERRNO[error.errno] ?? EXIT.failed;
}
