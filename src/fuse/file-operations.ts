import type { Opened } from '../vfs/open-files.js';
import type { Reply } from './answers.js';
import type { FuseOperations } from './binding.js';
import { type OperationParts, viewOf } from './operation-parts.js';

interface OpenedFile {
  readonly fd: number;
  readonly keepCache: boolean;
  readonly directIO: boolean;
}

type Handle = number | bigint;
type Offset = number | bigint;

/** Opening, reading, writing and closing files. */
export function fileOperations(parts: OperationParts): FuseOperations {
  return { ...opening(parts), ...reading(parts), ...writing(parts), ...copying(parts), ...closing(parts) };
}

function opening({ vfs, metadata }: OperationParts) {
  return {
    open: (path: string, flags: number, reply: Reply<OpenedFile>) =>
      metadata('open', path, async (call) => fileOf(await vfs.open(path, flags, call)), reply),
    createWithFlags: (path: string, mode: number, flags: number, reply: Reply<OpenedFile>) =>
      metadata('create', path, async (call) => fileOf(await vfs.create(path, flags, mode, call)), reply),
  };
}

function reading({ vfs, bytes }: OperationParts) {
  return {
    readBuffer: (
      path: string | null,
      handle: Handle,
      length: number,
      position: Offset,
      reply: Reply<Buffer>,
    ) =>
      bytes(
        'read',
        path,
        async (call) => viewOf(await vfs.read(Number(handle), Number(position), length, call)),
        reply,
      ),
  };
}

function writing({ vfs, bytes, isWriteback }: OperationParts) {
  return {
    write: (
      path: string | null,
      handle: Handle,
      buffer: Buffer,
      length: number,
      position: Offset,
      reply: (result: number) => void,
    ) => {
      const source = isWriteback() ? 'mapping' : 'program';
      const data = buffer.subarray(0, length);
      bytes(
        'write',
        path,
        (call) => vfs.write(Number(handle), Number(position), data, source, call),
        (error) => reply(error === 0 ? length : error),
      );
    },
    truncate: (path: string | null, size: Offset, reply: Reply<void>) =>
      bytes('truncate', path, (call) => vfs.truncate(path ?? '', Number(size), call), reply, 'durable'),
    ftruncate: (path: string | null, handle: Handle, size: Offset, reply: Reply<void>) =>
      bytes('ftruncate', path, (call) => vfs.ftruncate(Number(handle), Number(size), call), reply),
    fallocate: (
      path: string | null,
      handle: Handle,
      mode: number,
      offset: Offset,
      length: Offset,
      reply: Reply<void>,
    ) => {
      const range = { start: Number(offset), length: Number(length) };
      bytes('fallocate', path, (call) => vfs.fallocate(Number(handle), mode, range, call), reply);
    },
  };
}

function copying({ vfs, bytes }: OperationParts) {
  return {
    copyFileRange: (
      _sourcePath: string | null,
      source: Handle,
      sourceOffset: Offset,
      path: string | null,
      target: Handle,
      offset: Offset,
      length: number | bigint,
      _flags: number,
      reply: (result: number | bigint) => void,
    ) => {
      const from = { handle: Number(source), position: Number(sourceOffset) };
      const to = { handle: Number(target), position: Number(offset) };
      bytes(
        'copy_file_range',
        path,
        (call) => vfs.copyFileRange(from, to, Number(length), call),
        (error, taken) => reply(error === 0 ? (taken ?? 0) : error),
      );
    },
  };
}

function closing({ vfs, bytes }: OperationParts) {
  return {
    flush: (path: string | null, handle: Handle, reply: Reply<void>) =>
      bytes('flush', path, (call) => vfs.flush(Number(handle), call), reply, 'durable'),
    fsync: (path: string | null, _dataOnly: boolean, handle: Handle, reply: Reply<void>) =>
      bytes('fsync', path, (call) => vfs.fsync(Number(handle), call), reply, 'durable'),
    release: (path: string | null, handle: Handle, reply: Reply<void>) =>
      bytes('release', path, (call) => vfs.release(Number(handle), call), reply, 'durable'),
  };
}

function fileOf({ handle, keepCache, direct }: Opened): OpenedFile {
  return { fd: handle, keepCache, directIO: direct };
}
