import { constants } from 'node:fs';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { Node } from '../metadata/node.js';
import { attributesOf, drivesAttributes, type Attributes, type Ownership } from './attributes.js';
import { drivesOf, type VfsDrive, type VfsLayout } from './drive.js';
import { extendedAttribute, foreignName, isUserName } from './extended-attributes.js';
import { locate, type Location } from './location.js';
import { OpenFiles, type Opened, type OpenFileStatus } from './open-files.js';
import { readOnly, wantsToWrite, type WritingOperation } from './read-only.js';
import { spaceOf, type SpaceAttributes } from './space.js';

export type VfsOptions = Ownership;

/** One name of a directory with what stat shows of it. */
export interface DirectoryEntryWithAttributes {
  readonly name: string;
  readonly attributes: Attributes;
}

/**
 * What a program sees, without the kernel. Paths are absolute inside the mount. SEMANTICS.md says in words what
 * is promised. Every method rejects (or throws) with FsError only, except that an abort rejects with the
 * signal's reason; all may be called concurrently.
 */
export class Vfs {
  readonly #layout: VfsLayout;
  readonly #ownership: Ownership;
  readonly #files: OpenFiles;

  constructor(env: Env, layout: VfsLayout, options: VfsOptions) {
    this.#layout = layout;
    this.#ownership = options;
    this.#files = new OpenFiles(env);
  }

  /** ENOENT, ENOTDIR, ENAMETOOLONG. */
  async getattr(path: string, call: Call): Promise<Attributes> {
    const location = await locate(this.#layout, path, call);
    if (location.kind === 'drives') return drivesAttributes(location.drives, this.#ownership);
    return attributesOf(location.node.entry, this.#ownership);
  }

  /** The attributes of an open file, also when its name is gone. EBADF for an unknown handle. */
  fgetattr(handle: number): Attributes {
    return attributesOf(this.#files.get(handle).entry, this.#ownership);
  }

  /** Every name of a directory with its attributes, without `.` and `..`. ENOENT, ENOTDIR, ENAMETOOLONG. */
  async readdir(path: string, call: Call): Promise<readonly DirectoryEntryWithAttributes[]> {
    const location = await locate(this.#layout, path, call);
    if (location.kind === 'drives')
      return location.drives.map((drive) => this.#shown(drive.name, rootOf(drive)));
    const { drive, node } = location;
    if (node.kind === 'file') throw new FsError('ENOTDIR', `${path}: not a directory`, { expected: true });
    const children = await drive.tree.list(node, call);
    return children.map((child) => this.#shown(child.name, child));
  }

  /** Opens a file for reading; makes no call of a cloud. EROFS when the flags ask for more, EISDIR, ENOENT, ENOTDIR. */
  async open(path: string, flags: number, call: Call): Promise<Opened> {
    if (wantsToWrite(flags)) throw readOnly('open for writing', path);
    const location = await locate(this.#layout, path, call);
    if (location.kind === 'drives' || location.node.kind === 'directory') {
      throw new FsError('EISDIR', `${path}: is a directory`, { expected: true });
    }
    return this.#files.open(path, location.drive, location.node.entry);
  }

  /** Bytes from `position`: `length` of them, fewer only at the end. Rejects as OpenContent.read, and with EBADF. */
  async read(handle: number, position: number, length: number, call: Call): Promise<Uint8Array> {
    return await this.#files.read(handle, position, length, call);
  }

  /** A descriptor of the handle was closed; reads that still wait end within a second unless somebody reads on. */
  flush(handle: number): void {
    this.#files.get(handle).flush();
  }

  /** The last descriptor of the handle was closed. EBADF for an unknown handle. */
  release(handle: number): void {
    this.#files.release(handle);
  }

  /** Space of the account behind a path; of all accounts for the root of several drives. */
  async statfs(path: string, call: Call): Promise<SpaceAttributes> {
    const location = await locate(this.#layout, path, call);
    return await spaceOf(location.kind === 'drives' ? location.drives : [location.drive], call);
  }

  /** Whether access(2) with this mode is granted: EROFS for writing, EACCES for running a file. */
  async access(path: string, mode: number, call: Call): Promise<void> {
    const attributes = await this.getattr(path, call);
    if ((mode & constants.W_OK) !== 0) throw readOnly('write', path);
    if ((mode & constants.X_OK) !== 0 && (attributes.mode & 0o111) === 0) {
      throw new FsError('EACCES', `${path}: not a program`, { expected: true });
    }
  }

  /** ENODATA when there is no such attribute, EOPNOTSUPP for names outside `user.`. */
  async getxattr(path: string, name: string, call: Call): Promise<Uint8Array> {
    return extendedAttribute(nodeOf(await locate(this.#layout, path, call)), name);
  }

  /** The answer to an operation that would change something: EROFS. */
  refuse(operation: WritingOperation, path: string): FsError {
    return readOnly(operation, path);
  }

  /** The answer to setting or removing an extended attribute: EROFS, or EOPNOTSUPP for a name outside `user.`. */
  refuseExtendedAttribute(operation: 'setxattr' | 'removexattr', path: string, name: string): FsError {
    return isUserName(name) ? readOnly(operation, path) : foreignName(name);
  }

  /** Tells which paths (inside the mount) mean something else now; returns how to stop listening. */
  onChange(listener: (paths: readonly string[]) => void): () => void {
    const stops = drivesOf(this.#layout).map((drive) => {
      const prefix = this.#layout.kind === 'drive' ? '' : `/${drive.name}`;
      return drive.tree.onChange((change) => listener(change.paths.map((path) => prefix + path)));
    });
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Every open handle. */
  openFiles(): readonly OpenFileStatus[] {
    return this.#files.list();
  }

  /** Closes what is still open; reads that wait end with EINTR. */
  close(): void {
    this.#files.close();
  }

  #shown(name: string, node: Node): DirectoryEntryWithAttributes {
    return { name, attributes: attributesOf(node.entry, this.#ownership) };
  }
}

function rootOf(drive: VfsDrive): Node {
  return drive.tree.root;
}

function nodeOf(location: Location): Node | null {
  return location.kind === 'drives' ? null : location.node;
}
