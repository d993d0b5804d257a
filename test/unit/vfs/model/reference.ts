import { constants } from 'node:fs';

const {
  O_ACCMODE = 3,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
} = constants as typeof constants & {
  readonly O_ACCMODE?: number;
};

/** What a program set of a file or directory; null where nobody did, or where it says nothing any more. */
interface Settings {
  modifiedAt: bigint | null;
  mode: number | null;
  /** Values by name; null for one that is not there. */
  readonly extended: Map<string, string | null>;
}

export interface FileNode extends Settings {
  readonly kind: 'file';
  bytes: Buffer;
  /** Whether it counts as closed with these bytes. */
  isClosed: boolean;
  /** What the name may have after a kill when it does not: bytes that were closed earlier, of this file or of those it replaced. */
  readonly earlier: Buffer[];
  /** Files whose bytes were copied into it, and are asked for when it is closed. */
  readonly sources: Set<FileNode>;
}

export interface DirectoryNode extends Settings {
  readonly kind: 'directory';
  readonly children: Map<string, Node>;
}

export type Node = FileNode | DirectoryNode;

/** An open file, as the reference and the file system under test know it. */
export interface OpenHandle {
  readonly file: FileNode;
  readonly flags: number;
  /** Whether closing it makes the file count as closed. */
  readonly completes: boolean;
  /** The file system's number for it. */
  number: number;
}

/** What a file system answers instead of doing something. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** A POSIX file system in memory, as plain as can be. What it refuses has changed nothing. */
export class Reference {
  readonly root: DirectoryNode = newDirectory();
  readonly handles: OpenHandle[] = [];

  /** Every path with what is there, the root without. */
  *all(directory: DirectoryNode = this.root, prefix = ''): Generator<readonly [string, Node]> {
    for (const [name, node] of directory.children) {
      yield [`${prefix}/${name}`, node];
      if (node.kind === 'directory') yield* this.all(node, `${prefix}/${name}`);
    }
  }

  isNamed(file: FileNode): boolean {
    for (const [, node] of this.all()) if (node === file) return true;
    return false;
  }

  find(path: string): Node | null {
    let node: Node = this.root;
    for (const name of path.split('/').slice(1)) {
      if (node.kind === 'file') throw new Refusal('ENOTDIR');
      const child = node.children.get(name);
      if (child === undefined) return null;
      node = child;
    }
    return node;
  }

  /** The handle has no number yet. */
  open(path: string, flags: number): OpenHandle {
    const isNew = this.find(path) === null;
    const file = this.#opened(path, flags);
    if (!isNew && (flags & O_TRUNC) !== 0) this.#resize(file, 0);
    const handle = { file, flags, completes: isNew || isWriting({ flags }), number: -1 };
    this.handles.push(handle);
    return handle;
  }

  write(handle: OpenHandle, position: number, bytes: Uint8Array): void {
    const { file, flags } = handle;
    if (!isWriting(handle)) throw new Refusal('EBADF');
    const at = (flags & O_APPEND) === 0 ? position : file.bytes.length;
    const changed = Buffer.alloc(Math.max(file.bytes.length, at + bytes.length));
    file.bytes.copy(changed);
    changed.set(bytes, at);
    this.#change(file, changed, 'open');
  }

  read({ file }: OpenHandle, position: number, length: number): Buffer {
    return file.bytes.subarray(position, position + length);
  }

  truncate(path: string, size: number): void {
    const file = this.#file(path);
    this.#change(file, resized(file.bytes, size), 'closed');
  }

  resize(handle: OpenHandle, size: number): void {
    if (!isWriting(handle)) throw new Refusal('EBADF');
    this.#resize(handle.file, size);
  }

  /** One of the descriptors of a handle is closed. */
  flush(handle: OpenHandle): void {
    if (handle.completes) closeFile(handle.file);
  }

  close(handle: OpenHandle): void {
    this.flush(handle);
    this.handles.splice(this.handles.indexOf(handle), 1);
  }

  copyRange(
    source: { readonly handle: OpenHandle; readonly position: number },
    target: { readonly handle: OpenHandle; readonly position: number },
    length: number,
  ): number {
    const bytes = this.read(source.handle, source.position, length);
    if (bytes.length > 0) this.write(target.handle, target.position, Buffer.from(bytes));
    target.handle.file.sources.add(source.handle.file);
    return bytes.length;
  }

  makeDirectory(path: string): void {
    const { directory, name } = this.#place(path);
    if (directory.children.has(name)) throw new Refusal('EEXIST');
    put(directory, name, newDirectory());
  }

  removeDirectory(path: string): void {
    const { directory, name } = this.#place(path);
    const node = present(directory.children.get(name));
    if (node.kind === 'file') throw new Refusal('ENOTDIR');
    if (node.children.size > 0) throw new Refusal('ENOTEMPTY');
    take(directory, name);
  }

  unlink(path: string): void {
    const { directory, name } = this.#place(path);
    const node = present(directory.children.get(name));
    if (node.kind === 'directory') throw new Refusal('EISDIR');
    take(directory, name);
  }

  rename(from: string, to: string, options: { readonly isNew: boolean } = { isNew: false }): void {
    const source = this.#place(from);
    const target = this.#place(to);
    const moving = present(source.directory.children.get(source.name));
    const replaced = target.directory.children.get(target.name);
    if (replaced === moving) return;
    if (replaced !== undefined && options.isNew) throw new Refusal('EEXIST');
    if (`${to}/`.startsWith(`${from}/`)) throw new Refusal('EINVAL');
    if (replaced !== undefined) requireReplaceable(moving, replaced);
    if (moving.kind === 'file' && replaced?.kind === 'file') {
      moving.earlier.push(...replaced.earlier, replaced.bytes);
    }
    take(source.directory, source.name);
    put(target.directory, target.name, moving);
  }

  copy(from: string, to: string): void {
    const { bytes } = this.#file(from);
    const { directory, name } = this.#place(to);
    if (directory.children.has(name)) throw new Refusal('EEXIST');
    put(directory, name, closedFile(Buffer.from(bytes)));
  }

  /** Another file takes the place of whatever is there. */
  place(path: string, node: Node): void {
    const { directory, name } = this.#place(path);
    put(directory, name, node);
  }

  settings(path: string): Settings {
    return present(this.find(path) ?? undefined);
  }

  #opened(path: string, flags: number): FileNode {
    const { directory, name } = this.#place(path);
    const node = directory.children.get(name);
    if (node === undefined) {
      if ((flags & O_CREAT) === 0) throw new Refusal('ENOENT');
      const made = newFile();
      put(directory, name, made);
      return made;
    }
    if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) throw new Refusal('EEXIST');
    if (node.kind === 'directory') throw new Refusal('EISDIR');
    return node;
  }

  #file(path: string): FileNode {
    const node = present(this.find(path) ?? undefined);
    if (node.kind === 'directory') throw new Refusal('EISDIR');
    return node;
  }

  #place(path: string): { readonly directory: DirectoryNode; readonly name: string } {
    const at = path.lastIndexOf('/');
    const directory = present(this.find(path.slice(0, at)) ?? undefined);
    if (directory.kind === 'file') throw new Refusal('ENOTDIR');
    return { directory, name: path.slice(at + 1) };
  }

  #resize(file: FileNode, size: number): void {
    if (file.bytes.length !== size) this.#change(file, resized(file.bytes, size), 'open');
    file.modifiedAt = null;
  }

  #change(file: FileNode, bytes: Buffer, state: 'open' | 'closed'): void {
    if (file.isClosed) file.earlier.push(file.bytes);
    Object.assign(file, { bytes, isClosed: false, modifiedAt: null });
    if (state === 'closed') closeFile(file);
  }
}

/** A file of these bytes that counts as closed. */
export function closedFile(bytes: Buffer): FileNode {
  return { ...newFile(), bytes, isClosed: true };
}

export function newDirectory(): DirectoryNode {
  return { kind: 'directory', children: new Map(), modifiedAt: null, mode: null, extended: new Map() };
}

export function isWriting({ flags }: Pick<OpenHandle, 'flags'>): boolean {
  return (flags & O_ACCMODE) !== O_RDONLY;
}

export function isReading({ flags }: Pick<OpenHandle, 'flags'>): boolean {
  return (flags & O_ACCMODE) !== O_WRONLY;
}

function newFile(): FileNode {
  const settings: Settings = { modifiedAt: null, mode: null, extended: new Map() };
  return {
    kind: 'file',
    bytes: Buffer.alloc(0),
    isClosed: false,
    earlier: [],
    sources: new Set(),
    ...settings,
  };
}

function closeFile(file: FileNode): void {
  file.isClosed = true;
  file.sources.clear();
}

function resized(bytes: Buffer, size: number): Buffer {
  const changed = Buffer.alloc(size);
  bytes.copy(changed);
  return changed;
}

function put(directory: DirectoryNode, name: string, node: Node): void {
  directory.children.set(name, node);
  directory.modifiedAt = null;
}

function take(directory: DirectoryNode, name: string): void {
  directory.children.delete(name);
  directory.modifiedAt = null;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal('ENOENT');
  return value;
}

function requireReplaceable(moving: Node, replaced: Node): void {
  if (replaced.kind === 'file') {
    if (moving.kind === 'directory') throw new Refusal('ENOTDIR');
    return;
  }
  if (moving.kind === 'file') throw new Refusal('EISDIR');
  if (replaced.children.size > 0) throw new Refusal('ENOTEMPTY');
}
