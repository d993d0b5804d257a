import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import type { FsError } from '../lib/errors.js';
import type { WritingOperation } from '../vfs/read-only.js';
import type { DirectoryEntryWithAttributes, Vfs } from '../vfs/vfs.js';
import { Answers, type OperationCounts, type PendingRequest, type Reply } from './answers.js';
import type { FuseOperations, FuseStatfs, FuseStats } from './binding.js';
import { DirectoryHandles, type DirectoryPage } from './directory-handles.js';

/** Milliseconds until a request is answered ETIMEDOUT. */
export interface OperationDeadlines {
  readonly read: number;
  readonly metadata: number;
}

/** What libfuse shows for entries that it has given no number. */
const UNKNOWN_INODE = 0xffffffff;

type DirectoryReply = (error: number, names?: string[], stats?: FuseStats[], offsets?: number[]) => void;

/** The kernel's requests, answered by a Vfs. */
export class Operations {
  readonly #vfs: Vfs;
  readonly #deadlines: OperationDeadlines;
  readonly #answers: Answers;
  readonly #directories: DirectoryHandles;

  constructor(env: Env, vfs: Vfs, deadlines: OperationDeadlines) {
    this.#vfs = vfs;
    this.#deadlines = deadlines;
    this.#answers = new Answers(env);
    this.#directories = new DirectoryHandles(vfs);
  }

  /** The callbacks for the binding. */
  table(): FuseOperations {
    return {
      ...this.#attributeOperations(),
      ...this.#directoryOperations(),
      ...this.#fileOperations(),
      ...this.#refusedNames(),
      ...this.#refusedChanges(),
    };
  }

  counts(): ReadonlyMap<string, OperationCounts> {
    return this.#answers.counts();
  }

  pending(): readonly PendingRequest[] {
    return this.#answers.pending();
  }

  /** Answers everything that waits with this error. */
  abort(reason: FsError): void {
    this.#answers.abort(reason);
  }

  #attributeOperations() {
    const vfs = this.#vfs;
    return {
      getattr: (path: string | null, reply: Reply<FuseStats>) =>
        this.#metadata('getattr', path, (call) => vfs.getattr(path ?? '', call), reply),
      fgetattr: (path: string | null, handle: number | bigint, reply: Reply<FuseStats>) =>
        this.#metadata('fgetattr', path, () => settled(() => vfs.fgetattr(Number(handle))), reply),
      access: (path: string, mode: number, reply: Reply<void>) =>
        this.#metadata('access', path, (call) => vfs.access(path, mode, call), reply),
      statfs: (path: string, reply: Reply<FuseStatfs>) =>
        this.#metadata('statfs', path, (call) => vfs.statfs(path, call), reply),
      getxattr: (path: string, name: string, _position: number, reply: Reply<Buffer>) =>
        this.#metadata('getxattr', path, async (call) => viewOf(await vfs.getxattr(path, name, call)), reply),
      // No listxattr: its absence is the one answer that the kernel remembers, and `ls -l` of today's coreutils
      // lists the attributes of every file (10,001 requests for 10,000 files).
    };
  }

  #directoryOperations() {
    const directories = this.#directories;
    return {
      opendir: (path: string, _flags: number, reply: Reply<number>) =>
        this.#metadata('opendir', path, () => settled(() => directories.open()), reply),
      readdirPaged: (
        path: string | null,
        handle: number | bigint,
        offset: number | bigint,
        reply: DirectoryReply,
      ) =>
        this.#metadata<DirectoryPage>(
          'readdir',
          path,
          (call) => directories.read(Number(handle), path ?? '', Number(offset), call),
          (error, page) => replyPage(reply, error, page),
        ),
      releasedir: (path: string | null, handle: number | bigint, reply: Reply<void>) =>
        this.#metadata('releasedir', path, () => settled(() => directories.release(Number(handle))), reply),
    };
  }

  #fileOperations() {
    const vfs = this.#vfs;
    return {
      open: (path: string, flags: number, reply: Reply<{ fd: number; keepCache: boolean }>) =>
        this.#metadata(
          'open',
          path,
          async (call) => {
            const { handle, keepCache } = await vfs.open(path, flags, call);
            return { fd: handle, keepCache };
          },
          reply,
        ),
      readBuffer: (
        path: string | null,
        handle: number | bigint,
        length: number,
        position: number | bigint,
        reply: Reply<Buffer>,
      ) =>
        this.#answers.answer(
          { operation: 'read', path: path ?? '', urgency: 'reader', deadline: this.#deadlines.read },
          async (call) => viewOf(await vfs.read(Number(handle), Number(position), length, call)),
          reply,
        ),
      flush: (path: string | null, handle: number | bigint, reply: Reply<void>) =>
        this.#metadata('flush', path, () => settled(() => vfs.flush(Number(handle))), reply),
      release: (path: string | null, handle: number | bigint, reply: Reply<void>) =>
        this.#metadata('release', path, () => settled(() => vfs.release(Number(handle))), reply),
    };
  }

  /** What would add, remove or rename a name. */
  #refusedNames() {
    return {
      create: (path: string, _mode: number, reply: Reply<never>) => this.#refuse('create', path, reply),
      mkdir: (path: string, _mode: number, reply: Reply<never>) => this.#refuse('mkdir', path, reply),
      mknod: (path: string, _mode: number, _device: number | bigint, reply: Reply<never>) =>
        this.#refuse('mknod', path, reply),
      unlink: (path: string, reply: Reply<never>) => this.#refuse('unlink', path, reply),
      rmdir: (path: string, reply: Reply<never>) => this.#refuse('rmdir', path, reply),
      rename: (path: string, _target: string, reply: Reply<never>) => this.#refuse('rename', path, reply),
      link: (_source: string, path: string, reply: Reply<never>) => this.#refuse('link', path, reply),
      symlink: (_target: string, path: string, reply: Reply<never>) => this.#refuse('symlink', path, reply),
    };
  }

  /** What would change a file's bytes or attributes. */
  #refusedChanges() {
    return {
      truncate: (path: string | null, _size: number | bigint, reply: Reply<never>) =>
        this.#refuse('truncate', path, reply),
      chmod: (path: string | null, _mode: number, reply: Reply<never>) => this.#refuse('chmod', path, reply),
      chown: (path: string | null, _uid: number, _gid: number, reply: Reply<never>) =>
        this.#refuse('chown', path, reply),
      utimensWithTimespec: (path: string | null, _atime: unknown, _mtime: unknown, reply: Reply<never>) =>
        this.#refuse('utimens', path, reply),
      setxattr: (
        path: string,
        name: string,
        _value: Buffer,
        _position: number,
        _flags: number,
        reply: Reply<never>,
      ) => this.#refuseExtendedAttribute('setxattr', path, name, reply),
      removexattr: (path: string, name: string, reply: Reply<never>) =>
        this.#refuseExtendedAttribute('removexattr', path, name, reply),
    };
  }

  #metadata<T>(
    operation: string,
    path: string | null,
    work: (call: Call) => Promise<T>,
    reply: Reply<T>,
  ): void {
    const deadline = this.#deadlines.metadata;
    this.#answers.answer({ operation, path: path ?? '', urgency: 'lookup', deadline }, work, reply);
  }

  #refuse(operation: WritingOperation, path: string | null, reply: Reply<never>): void {
    const error = this.#vfs.refuse(operation, path ?? '');
    this.#metadata(operation, path, () => Promise.reject(error), reply);
  }

  #refuseExtendedAttribute(
    operation: 'setxattr' | 'removexattr',
    path: string,
    name: string,
    reply: Reply<never>,
  ): void {
    const error = this.#vfs.refuseExtendedAttribute(operation, path, name);
    this.#metadata(operation, path, () => Promise.reject(error), reply);
  }
}

function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
