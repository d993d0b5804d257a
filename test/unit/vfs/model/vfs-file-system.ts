import { constants } from 'node:fs';
import type { Time } from '../../../../src/vfs/attributes.js';
import type { Vfs } from '../../../../src/vfs/vfs.js';
import { callOf } from '../../../fakes/calls.js';
import { errnoOf, type PlainFileSystem, type Shown } from './file-system.js';

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } = constants;
const NOREPLACE = 1;
const NANOSECONDS = 1_000_000_000n;

interface Handle {
  path: string;
  /** Its name was taken away, and libfuse keeps it under another one. */
  hidden: boolean;
}

/** A Vfs as kernel and libfuse ask it for what programs do. */
export class VfsFileSystem implements PlainFileSystem {
  readonly #vfs: Vfs;
  readonly #handles = new Map<number, Handle>();
  #hidden = 0;

  constructor(vfs: Vfs) {
    this.#vfs = vfs;
  }

  async open(path: string, flags: number): Promise<number> {
    const creates = (flags & O_CREAT) !== 0 && (await this.#find(path)) === null;
    if (!creates && (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) throw exists();
    const opened = creates
      ? await this.#vfs.create(path, flags, 0o644, callOf())
      : await this.#vfs.open(path, flags & ~(O_CREAT | O_EXCL), callOf());
    this.#handles.set(opened.handle, { path, hidden: false });
    return opened.handle;
  }

  async write(handle: number, position: number, bytes: Uint8Array): Promise<void> {
    await this.#vfs.write(handle, position, bytes, 'program', callOf('reader'));
  }

  async read(handle: number, position: number, length: number): Promise<Uint8Array> {
    return Uint8Array.from(await this.#vfs.read(handle, position, length, callOf('reader')));
  }

  async truncate(path: string, size: number): Promise<void> {
    await this.#vfs.truncate(path, size, callOf());
  }

  async resize(handle: number, size: number): Promise<void> {
    await this.#vfs.ftruncate(handle, size, callOf());
  }

  async sync(handle: number): Promise<void> {
    await this.#vfs.fsync(handle, callOf());
  }

  async flush(handle: number): Promise<void> {
    await this.#vfs.flush(handle, callOf());
  }

  async close(handle: number): Promise<void> {
    await this.#vfs.flush(handle, callOf());
    await this.#vfs.release(handle, callOf());
    const closed = this.#handles.get(handle);
    this.#handles.delete(handle);
    if (closed?.hidden === true && !this.#isOpen(closed.path)) await this.#vfs.unlink(closed.path, callOf());
  }

  sizeOf(handle: number): Promise<number> {
    return Promise.resolve(this.#vfs.fgetattr(handle).size);
  }

  async rename(from: string, to: string): Promise<void> {
    if (await this.#replacesOpen(from, to)) await this.#hide(to);
    await this.#rename(from, to, 0);
  }

  async renameNew(from: string, to: string): Promise<void> {
    await this.#rename(from, to, NOREPLACE);
  }

  async unlink(path: string): Promise<void> {
    if (this.#isOpen(path)) await this.#hide(path);
    else await this.#vfs.unlink(path, callOf());
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#vfs.mkdir(path, 0o755, callOf());
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#vfs.rmdir(path, callOf());
  }

  async setTime(path: string, modifiedAt: bigint): Promise<void> {
    await this.#vfs.utimens(path, 'keep', modifiedAt, callOf());
  }

  async setMode(path: string, mode: number): Promise<void> {
    await this.#vfs.chmod(path, mode, callOf());
  }

  async setExtended(path: string, name: string, value: string): Promise<void> {
    await this.#vfs.setxattr(path, name, Buffer.from(value), 0, callOf());
  }

  async extended(path: string, name: string): Promise<string | null> {
    try {
      return Buffer.from(await this.#vfs.getxattr(path, name, callOf())).toString();
    } catch (error) {
      if (errnoOf(error) === 'ENODATA') return null;
      throw error;
    }
  }

  async names(path: string): Promise<readonly string[]> {
    return (await this.#vfs.readdir(path, callOf())).map(({ name }) => name);
  }

  async stat(path: string): Promise<Shown> {
    const { mode, size, mtime } = await this.#vfs.getattr(path, callOf());
    const kind = (mode & constants.S_IFMT) === constants.S_IFDIR ? 'directory' : 'file';
    return { kind, size, mode: mode & 0o7777, modifiedAt: nanoseconds(mtime) };
  }

  async copyRange(
    source: { readonly handle: number; readonly position: number },
    target: { readonly handle: number; readonly position: number },
    length: number,
  ): Promise<number> {
    try {
      return await this.#vfs.copyFileRange(source, target, length, callOf('reader'));
    } catch (error) {
      if (errnoOf(error) !== 'EOPNOTSUPP') throw error;
    }
    const bytes = await this.read(source.handle, source.position, length);
    if (bytes.length > 0) await this.write(target.handle, target.position, bytes);
    return bytes.length;
  }

  async copy(from: string, to: string): Promise<void> {
    const source = await this.open(from, O_RDONLY);
    try {
      const target = await this.open(to, O_WRONLY | O_CREAT | O_EXCL);
      try {
        await this.#copyAll(source, target);
        await this.flush(target);
      } catch (error) {
        await this.#abandon(target, to);
        throw error;
      }
      await this.close(target);
    } finally {
      await this.close(source);
    }
  }

  async #copyAll(source: number, target: number): Promise<void> {
    for (let position = 0, copied = -1; copied !== 0; position += copied) {
      copied = await this.copyRange({ handle: source, position }, { handle: target, position }, 4096);
    }
  }

  /** A program that was told of trouble ends and leaves nothing behind. */
  async #abandon(handle: number, path: string): Promise<void> {
    try {
      await this.#vfs.release(handle, callOf());
    } catch (error) {
      errnoOf(error);
    }
    this.#handles.delete(handle);
    await this.unlink(path);
  }

  async #rename(from: string, to: string, flags: number): Promise<void> {
    await this.#vfs.rename(from, to, flags, callOf());
    if (from === to) return;
    for (const handle of this.#handles.values()) {
      if (handle.path === from || handle.path.startsWith(`${from}/`))
        handle.path = to + handle.path.slice(from.length);
    }
  }

  /** libfuse takes the name of an open file away by a rename of its own. */
  async #hide(path: string): Promise<void> {
    this.#hidden += 1;
    const serial = this.#hidden.toString(16).padStart(16, '0');
    const hidden = `${path.slice(0, path.lastIndexOf('/'))}/.fuse_hidden${serial}`;
    await this.#vfs.rename(path, hidden, 0, callOf());
    for (const handle of this.#handles.values()) {
      if (handle.path === path) Object.assign(handle, { path: hidden, hidden: true });
    }
  }

  async #replacesOpen(from: string, to: string): Promise<boolean> {
    if (from === to || !this.#isOpen(to)) return false;
    const [moving, target] = [await this.#find(from), await this.#find(to)];
    return moving?.kind === 'file' && target?.kind === 'file';
  }

  #isOpen(path: string): boolean {
    return [...this.#handles.values()].some((handle) => handle.path === path);
  }

  async #find(path: string): Promise<Shown | null> {
    try {
      return await this.stat(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }
}

function nanoseconds(time: Time): bigint {
  if (typeof time === 'number') return BigInt(time) * 1_000_000n;
  return BigInt(time.seconds) * NANOSECONDS + BigInt(time.nanoseconds);
}

function exists(): Error {
  return Object.assign(new Error('exists'), { code: 'EEXIST' });
}
