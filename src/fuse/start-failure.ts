import { FsError } from '../lib/errors.js';

/** The FsError for what the binding says when a mount cannot begin: what is missing and what to do about it. */
export function startFailure(path: string, error: Error): FsError {
  const code = 'code' in error ? error.code : null;
  if (code === 'EFUSEHELPER') {
    return failure(
      'EIO',
      'the program fusermount3 is missing; on Debian and Ubuntu: apt install fuse3',
      error,
    );
  }
  if (code === 'EFUSEDEVICE') {
    return failure(
      'EACCES',
      '/dev/fuse is missing or closed to this user; load the kernel module (modprobe fuse), and in a container pass the device in (--device /dev/fuse)',
      error,
    );
  }
  if (code === 'EFUSEALLOWOTHER') {
    return failure(
      'EPERM',
      'allowOther needs the line "user_allow_other" in /etc/fuse.conf (Debian ships it commented out); add it, or set allowOther: false',
      error,
    );
  }
  if (error.message === 'Mountpoint in use') {
    return failure('EBUSY', 'something is mounted there already', error);
  }
  return failure('EIO', error.message, error);

  function failure(errno: 'EACCES' | 'EBUSY' | 'EIO' | 'EPERM', words: string, cause: Error): FsError {
    return new FsError(errno, `${path} could not be mounted: ${words}`, { cause, reason: 'refused' });
  }
}
