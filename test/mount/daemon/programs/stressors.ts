interface Stressor {
  /** How often it does what it does. */
  readonly operations: number;
  readonly options?: readonly string[];
}

/**
 * The stressors of stress-ng that run, by what they do it to. Those that work on files and are left out, and why:
 *   binderfs, bind-mount, procfs, ioprio, eventfd, inotify: are not about the file system that they are told to work in.
 *   chdir, dirmany, getdent, touch, open, dup, fstat, handle, aio, mmap, msync, readahead, splice, sendfile, io:
 *     what they do is done by those that run, or they read what they have written without looking at it.
 *   chown, lease, verity, fanotify, dnotify, inode-flags, chattr, file-ioctl: test what a mount refuses, or the kernel.
 *   copy-file: its files have 128 MiB and more.
 *   fiemap: nothing says where on a disk the bytes of a cloud lie.
 *   filename: makes names of 255 characters that the cloud does not take; those that stand in for them need three bytes each.
 *   fpunch: holes cannot be punched (EOPNOTSUPP), which it takes for an end.
 *   fsize: takes EDQUOT, the answer for a file that the account has no room for, for a failure.
 *   link, symlink: a mount has neither.
 *   xattr: wants more extended attributes of one file than are kept, and a list of them.
 */
export const STRESSORS: Readonly<Record<string, Readonly<Record<string, Stressor>>>> = {
  content: {
    hdd: { operations: 40, options: ['--hdd-bytes', '1M'] },
    seek: { operations: 40, options: ['--seek-size', '1M'] },
    iomix: { operations: 60, options: ['--iomix-bytes', '1M'] },
    fallocate: { operations: 10, options: ['--fallocate-bytes', '1M'] },
    'sync-file': { operations: 10, options: ['--sync-file-bytes', '1M'] },
    revio: { operations: 20, options: ['--revio-bytes', '1M'] },
  },
  names: {
    rename: { operations: 100 },
    dentry: { operations: 10, options: ['--dentries', '20'] },
    dir: { operations: 60, options: ['--dir-dirs', '64'] },
    dirdeep: { operations: 5, options: ['--dirdeep-dirs', '1'] },
    mknod: { operations: 20 },
  },
  attributes: {
    utime: { operations: 40 },
    chmod: { operations: 4 },
    access: { operations: 10 },
    fcntl: { operations: 20 },
  },
  locks: {
    flock: { operations: 40 },
    lockf: { operations: 40 },
    locka: { operations: 40 },
    lockofd: { operations: 40 },
  },
};
