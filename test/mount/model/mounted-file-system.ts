import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  rmdir,
  stat,
  truncate,
  unlink,
  utimes,
} from 'node:fs/promises';
import type { FileSystem, Shown } from '../../unit/vfs/model/file-system.js';

const NANOSECONDS = 1e9;

/** A folder of a real mount, as the programs of this machine see it. */
export class MountedFileSystem implements FileSystem {
  readonly #folder: string;
  readonly #handles = new Map<number, FileHandle>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(path: string, flags: number): Promise<number> {
    const handle = await open(this.#at(path), flags, 0o644);
    this.#handles.set(handle.fd, handle);
    return handle.fd;
  }

  async write(handle: number, position: number, bytes: Uint8Array): Promise<void> {
    await this.#handle(handle).write(bytes, 0, bytes.length, position);
  }

  async read(handle: number, position: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await this.#handle(handle).read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  }

  async truncate(path: string, size: number): Promise<void> {
    await truncate(this.#at(path), size);
  }

  async resize(handle: number, size: number): Promise<void> {
    await this.#handle(handle).truncate(size);
  }

  async sync(handle: number): Promise<void> {
    await this.#handle(handle).sync();
  }

  async close(handle: number): Promise<void> {
    await this.#handle(handle).close();
    this.#handles.delete(handle);
  }

  async sizeOf(handle: number): Promise<number> {
    return (await this.#handle(handle).stat()).size;
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(this.#at(from), this.#at(to));
  }

  async unlink(path: string): Promise<void> {
    await unlink(this.#at(path));
  }

  async makeDirectory(path: string): Promise<void> {
    await mkdir(this.#at(path), 0o755);
  }

  async removeDirectory(path: string): Promise<void> {
    await rmdir(this.#at(path));
  }

  async setTime(path: string, modifiedAt: bigint): Promise<void> {
    const seconds = Number(modifiedAt) / NANOSECONDS;
    await utimes(this.#at(path), seconds, seconds);
  }

  async setMode(path: string, mode: number): Promise<void> {
    await chmod(this.#at(path), mode);
  }

  async names(path: string): Promise<readonly string[]> {
    return await readdir(this.#at(path));
  }

  async stat(path: string): Promise<Shown> {
    const shown = await stat(this.#at(path), { bigint: true });
    return {
      kind: shown.isDirectory() ? 'directory' : 'file',
      size: Number(shown.size),
      mode: Number(shown.mode) & 0o7777,
      modifiedAt: shown.mtimeNs,
    };
  }

  async copy(from: string, to: string): Promise<void> {
    await copyFile(this.#at(from), this.#at(to), constants.COPYFILE_EXCL);
  }

  #at(path: string): string {
    return this.#folder + path;
  }

  #handle(handle: number): FileHandle {
    const open = this.#handles.get(handle);
    if (open === undefined) throw Object.assign(new Error('not open'), { code: 'EBADF' });
    return open;
  }
}
