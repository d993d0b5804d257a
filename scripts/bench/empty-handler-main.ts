import { FuseConnection, type FuseOperations } from '../../src/fuse/binding.js';
import { errnoNumber } from '../../src/lib/errors.js';

/** Mounts, at the path given first, a folder whose files take every write and keep nothing but their size. */

/** As the daemon's mounts have it. */
const WORKERS = 64;
const NOT_THERE = -errnoNumber('ENOENT');
/** As files that are written through our mounts show it: cp writes so much at once. */
const BLOCK_SIZE = 1024 * 1024;
const DIRECTORY = 0o040755;
const FILE = 0o100644;

interface KeptFile {
  size: number;
}

const byPath = new Map<string, KeptFile>();
const byHandle = new Map<number, KeptFile>();
let lastHandle = 0;

function create(path: string): number {
  const file = { size: 0 };
  byPath.set(path, file);
  lastHandle += 1;
  byHandle.set(lastHandle, file);
  return lastHandle;
}

const operations: FuseOperations = {
  getattr: (path, reply) => {
    const file = path === null ? undefined : byPath.get(path);
    if (file !== undefined) reply(0, { mode: FILE, size: file.size, nlink: 1, blksize: BLOCK_SIZE });
    else if (path === '/') reply(0, { mode: DIRECTORY, size: 0, nlink: 1 });
    else reply(NOT_THERE);
  },
  createWithFlags: (path, _mode, _flags, reply) => reply(0, { fd: create(path) }),
  write: (_path, handle, _bytes, length, position, reply) => {
    const file = byHandle.get(Number(handle));
    if (file !== undefined) file.size = Math.max(file.size, Number(position) + length);
    reply(length);
  },
  flush: (_path, _handle, reply) => reply(0),
  release: (_path, handle, reply) => {
    byHandle.delete(Number(handle));
    reply(0);
  },
  unlink: (path, reply) => {
    byPath.delete(path);
    reply(0);
  },
};

const connection = new FuseConnection(
  process.argv[2] ?? '',
  operations,
  { fsname: 'empty-handler', defaultPermissions: true, maxConcurrency: WORKERS },
  { negativeTimeout: 0, readOnly: false },
  () => process.exit(0),
);
connection.mount((error) => {
  if (error) throw error;
});
// A mount alone does not keep the process.
setInterval(() => undefined, 2 ** 30);
process.once('SIGTERM', () => connection.unmount(() => process.exit(0)));
