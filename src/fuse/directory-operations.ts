import type { DirectoryEntryWithAttributes } from '../vfs/vfs.js';
import type { Reply } from './answers.js';
import type { FuseOperations, FuseStats } from './binding.js';
import type { DirectoryPage } from './directory-handles.js';
import { type OperationParts, settled } from './operation-parts.js';

/** What libfuse shows for entries that it has given no number. */
const UNKNOWN_INODE = 0xffffffff;

type DirectoryReply = (error: number, names?: string[], stats?: FuseStats[], offsets?: number[]) => void;

/** Reading directories. */
export function directoryOperations({ directories, metadata }: OperationParts): FuseOperations {
  return {
    opendir: (path: string, _flags: number, reply: Reply<number>) =>
      metadata('opendir', path, () => settled(() => directories.open()), reply),
    readdirPaged: (
      path: string | null,
      handle: number | bigint,
      offset: number | bigint,
      reply: DirectoryReply,
    ) =>
      metadata<DirectoryPage>(
        'readdir',
        path,
        (call) => directories.read(Number(handle), path ?? '', Number(offset), call),
        (error, page) => replyPage(reply, error, page),
      ),
    // Names are on disk when the call that changed them was answered.
    fsyncdir: (path: string | null, _dataOnly: boolean, _handle: number | bigint, reply: Reply<void>) =>
      metadata('fsyncdir', path, () => Promise.resolve(), reply),
    releasedir: (path: string | null, handle: number | bigint, reply: Reply<void>) =>
      metadata('releasedir', path, () => settled(() => directories.release(Number(handle))), reply),
  };
}

// libfuse numbers what it looks up, which `.` and `..` are not, and programs skip entries whose number is 0.
function statsOf({ name, attributes }: DirectoryEntryWithAttributes): FuseStats {
  return name === '.' || name === '..' ? { ...attributes, ino: UNKNOWN_INODE } : attributes;
}

function replyPage(reply: DirectoryReply, error: number, page: DirectoryPage | undefined): void {
  if (page === undefined) {
    reply(error);
    return;
  }
  reply(
    0,
    page.entries.map((entry) => entry.name),
    page.entries.map(statsOf),
    page.entries.map((_entry, index) => page.offset + index + 1),
  );
}
