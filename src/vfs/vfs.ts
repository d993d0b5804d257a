import { constants } from 'node:fs';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { FileNode, Node } from '../metadata/node.js';
import { AttributeChanges, type TimeChange } from './attribute-changes.js';
import type { Attributes, Ownership } from './attributes.js';
import { drivesOf, prefixOf, type VfsDrive, type VfsLayout } from './drive.js';
import { Expectations } from './expectations.js';
import { extendedAttribute, requireUserName } from './extended-attributes.js';
import { driveOf, locate, locateName, writesOf } from './location.js';
import { NameChanges } from './name-changes.js';
import type { OpenMode } from './open-file.js';
import { OpenFiles, type Opened, type OpenFileStatus } from './open-files.js';
import type { OpenNode } from './open-node.js';
import { OwnChanges } from './own-changes.js';
import { refused, type RefusedOperation } from './refusals.js';
import { spaceOf, type SpaceAttributes } from './space.js';
import { keptId, Targets } from './targets.js';
import { isHiddenPath, UnlinkedFiles } from './unlinked-files.js';

export type VfsOptions = Ownership;

/** One name of a directory with what stat shows of it. */
export interface DirectoryEntryWithAttributes {
  readonly name: string;
  readonly attributes: Attributes;
}

/** renameat2(2)'s flags. */
const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;

/**
 * What a program sees, without the kernel. Paths are absolute inside the mount. SEMANTICS.md says in words what
 * is promised. Every method rejects (or throws) with FsError only, except that an abort rejects with the
 * signal's reason; all may be called concurrently. What changes something is EROFS on a read-only drive.
 */
export class Vfs {
  readonly #layout: VfsLayout;
  readonly #files: OpenFiles;
  readonly #expectations: Expectations;
  readonly #unlinked: UnlinkedFiles;
  readonly #targets: Targets;
  readonly #names: NameChanges;
  readonly #attributes: AttributeChanges;
  readonly #own = new OwnChanges();

  constructor(env: Env, layout: VfsLayout, options: VfsOptions) {
    this.#layout = layout;
    this.#files = new OpenFiles(env, layout);
    this.#expectations = new Expectations(env);
    this.#unlinked = new UnlinkedFiles(env);
    this.#targets = new Targets(layout, options, this.#files, this.#unlinked);
    this.#names = new NameChanges(env.clock, layout, options);
    this.#attributes = new AttributeChanges(env.clock, options);
  }

  /** ENOENT, ENOTDIR, ENAMETOOLONG. */
  async getattr(path: string, call: Call): Promise<Attributes> {
    return this.#targets.attributes(await this.#targets.any(path, call));
  }

  /** The attributes of an open file, also when its name is gone. EBADF for an unknown handle, ESTALE as `read`. */
  fgetattr(handle: number): Attributes {
    const file = this.#files.get(handle);
    // The kernel would take the size of the old content for that of the path.
    file.requireCurrent();
    return this.#targets.attributesOfNode(file.node);
  }

  /** Every name of a directory with its attributes, without `.` and `..`. ENOENT, ENOTDIR, ENAMETOOLONG. */
  async readdir(path: string, call: Call): Promise<readonly DirectoryEntryWithAttributes[]> {
    await this.#unlinked.decidedIn(path);
    const location = await locate(this.#layout, path, call);
    const shown = (drive: VfsDrive, name: string, { entry }: Node): DirectoryEntryWithAttributes => ({
      name,
      attributes: this.#targets.attributesOf(drive, entry),
    });
    if (location.kind === 'drives')
      return location.drives.map((drive) => shown(drive, drive.name, drive.tree.root));
    const { drive, node } = location;
    if (node.kind === 'file') throw new FsError('ENOTDIR', `${path}: not a directory`, { expected: true });
    const children = await drive.tree.list(node, call);
    return children.map((child) => shown(drive, child.name, child));
  }

  /**
   * Opens a file; makes no call of a cloud. With O_TRUNC it is empty when this resolves. EISDIR, ENOENT, ENOTDIR,
   * EROFS.
   */
  async open(path: string, flags: number, call: Call): Promise<Opened> {
    const { file, node } = await this.#targets.file(path, call);
    const mode = modeOf(flags);
    const empties = (flags & constants.O_TRUNC) !== 0;
    if (mode.writes || empties) writesOf(file.drive, path);
    if (empties) return { ...(await this.#openEmptied(file, mode, call)), keepCache: false };
    const opened = this.#files.open(file, mode);
    if (node !== null && !mode.writes) this.#expect(opened.handle, file.drive, node);
    return opened;
  }

  /** open(2) with O_CREAT. As `open` when the file exists, EEXIST with O_EXCL. */
  async create(path: string, flags: number, mode: number, call: Call): Promise<Opened> {
    await this.#unlinked.decided(path);
    const created = await this.#own.during([path], () => this.#names.create(path, mode, call));
    if (created !== null) {
      const { drive, entry, local } = created;
      return this.#files.created(path, drive, entry, local, modeOf(flags));
    }
    if ((flags & constants.O_EXCL) === 0) return await this.open(path, flags, call);
    throw new FsError('EEXIST', `${path}: exists`, { expected: true });
  }

  /** mknod(2) of a file: as `create` with O_EXCL, and nobody has it open. */
  async mknod(path: string, mode: number, call: Call): Promise<void> {
    const { handle } = await this.create(path, constants.O_WRONLY | constants.O_EXCL, mode, call);
    await this.release(handle, call);
  }

  /** Bytes from `position`: `length` of them, fewer only at the end. Rejects as OpenContent.read, and with EBADF. */
  async read(handle: number, position: number, length: number, call: Call): Promise<Uint8Array> {
    const read = (): Promise<Uint8Array> => this.#files.read(handle, position, length, call);
    return await this.#expectations.reading(handle, position, length, read);
  }

  /**
   * Writes all bytes. `source` tells pages that the kernel writes back from what a program writes itself: that goes
   * to the end of a file opened with O_APPEND. EBADF, EDQUOT, EFBIG, ENOSPC; the file is as before then.
   */
  async write(
    handle: number,
    position: number,
    bytes: Uint8Array,
    source: 'program' | 'mapping',
    call: Call,
  ): Promise<void> {
    const { node, mode } = this.#files.getForWriting(handle);
    await node.write(mode.appends && source === 'program' ? null : position, bytes, call);
  }

  /**
   * A descriptor of the handle was closed. What was written resolves when it is safe (LocalFile.flush); reads that
   * still wait end within a second unless somebody reads on.
   */
  async flush(handle: number, call: Call): Promise<void> {
    const file = this.#files.get(handle);
    file.flush();
    if (file.mode.completes) await this.#own.during([file.path], () => file.node.flush(call));
  }

  /** fsync(2). */
  async fsync(handle: number, call: Call): Promise<void> {
    await this.#files.get(handle).node.sync(call);
  }

  /** The last descriptor of the handle was closed. EBADF for an unknown handle. */
  async release(handle: number, call: Call): Promise<void> {
    this.#expectations.released(handle);
    const { node, path } = this.#files.get(handle);
    await this.#own.during([path], () => this.#files.release(handle, call));
    if (!this.#files.isOpen(node)) this.#unlinked.closed(node);
  }

  /**
   * copy_file_range(2): how many bytes were taken. EOPNOTSUPP when they have to be copied one by one, which the
   * kernel does then; EBADF, EFBIG.
   */
  async copyFileRange(
    source: { readonly handle: number; readonly position: number },
    target: { readonly handle: number; readonly position: number },
    length: number,
    call: Call,
  ): Promise<number> {
    const { node } = this.#files.getForWriting(target.handle);
    const range = { from: source.position, to: target.position, length };
    const taken = await node.copyFrom(this.#files.get(source.handle).node, range, call);
    if (taken !== null) return taken;
    throw new FsError('EOPNOTSUPP', `${node.path}: the cloud copies whole files only`, { expected: true });
  }

  /** truncate(2). ENOENT, EISDIR, EFBIG, ENOSPC. */
  async truncate(path: string, size: number, call: Call): Promise<void> {
    const { file } = await this.#targets.file(path, call);
    writesOf(file.drive, path);
    await this.#cut(file, size, call);
  }

  /** ftruncate(2). EBADF, EFBIG, ENOSPC. */
  async ftruncate(handle: number, size: number, call: Call): Promise<void> {
    await this.#files.getForWriting(handle).node.truncate(size, call);
  }

  /** fallocate(2): adds zeros up to the end of the range; EOPNOTSUPP for every mode but 0. */
  async fallocate(
    handle: number,
    mode: number,
    range: { readonly start: number; readonly length: number },
    call: Call,
  ): Promise<void> {
    const { node } = this.#files.getForWriting(handle);
    if (mode !== 0)
      throw new FsError('EOPNOTSUPP', `${node.path}: only space at the end of a file can be allocated`, {
        expected: true,
      });
    const end = range.start + range.length;
    if (end > node.size) await node.truncate(end, call);
  }

  /** EEXIST, ENOENT, ENOTDIR. */
  async mkdir(path: string, mode: number, call: Call): Promise<void> {
    await this.#unlinked.decided(path);
    await this.#own.during([path], () => this.#names.makeDirectory(path, mode, call));
  }

  /** ENOENT, ENOTDIR, ENOTEMPTY. */
  async rmdir(path: string, call: Call): Promise<void> {
    await this.#unlinked.decidedIn(path);
    await this.#own.during([path], () => this.#names.removeDirectory(path, call));
  }

  /** ENOENT, EISDIR. */
  async unlink(path: string, call: Call): Promise<void> {
    const unlinked = this.#unlinked.get(path);
    if (unlinked !== undefined) {
      this.#unlinked.forget(path, this.#files.isOpen(unlinked));
      return;
    }
    await this.#unlinked.decided(path);
    await this.#own.during([path], () => this.#names.unlink(path, call));
  }

  /** rename(2) and renameat2(2). As NameChanges.rename; EINVAL for RENAME_EXCHANGE and flags unknown here. */
  async rename(from: string, to: string, flags: number, call: Call): Promise<void> {
    if ((flags & RENAME_EXCHANGE) !== 0) throw this.refuse('exchange', from);
    if ((flags & ~RENAME_NOREPLACE) !== 0)
      throw new FsError('EINVAL', `${from}: rename with flags ${flags} does not exist here`, {
        expected: true,
      });
    if (isHiddenPath(to) && (await this.#hide(from, to, call))) return;
    await this.#unlinked.decided(from);
    await this.#unlinked.decidedIn(from);
    await this.#unlinked.replaced(to, async (unlinked) => {
      const options = { noReplace: (flags & RENAME_NOREPLACE) !== 0, unlinked };
      const rename = (): Promise<boolean> => this.#names.rename(from, to, options, call);
      if (!(await this.#own.during([from, to], rename))) return;
      this.#files.moved(from, to);
      this.#unlinked.moved(from, to);
    });
  }

  /** utimensat(2). */
  async utimens(path: string, accessed: TimeChange, modified: TimeChange, call: Call): Promise<void> {
    // What was unlinked before gives the directory a time of its own.
    await this.#unlinked.decidedIn(path);
    await this.#attributes.times(await this.#targets.entry(path, call), accessed, modified);
  }

  /** chmod(2). */
  async chmod(path: string, mode: number, call: Call): Promise<void> {
    await this.#attributes.mode(await this.#targets.entry(path, call), mode);
  }

  /** chown(2): EPERM unless it leaves owner and group as they are. */
  async chown(path: string, uid: number, gid: number, call: Call): Promise<void> {
    this.#attributes.owner(await this.#targets.entry(path, call), uid, gid);
  }

  /** Space of the account behind a path; of all accounts for the root of several drives. */
  async statfs(path: string, call: Call): Promise<SpaceAttributes> {
    const location = await locate(this.#layout, path, call);
    return await spaceOf(location.kind === 'drives' ? location.drives : [location.drive], call);
  }

  /** Whether access(2) with this mode is granted: EROFS for writing to a read-only drive, EACCES for running a file. */
  async access(path: string, mode: number, call: Call): Promise<void> {
    const attributes = await this.getattr(path, call);
    const drive = driveOf(this.#layout, path);
    if ((mode & constants.W_OK) !== 0 && drive !== null) writesOf(drive, path);
    if ((mode & constants.X_OK) !== 0 && (attributes.mode & 0o111) === 0) {
      throw new FsError('EACCES', `${path}: not a program`, { expected: true });
    }
  }

  /** ENODATA when there is no such attribute, EOPNOTSUPP for names outside `user.`. */
  async getxattr(path: string, name: string, call: Call): Promise<Uint8Array> {
    requireUserName(name);
    const target = await this.#targets.any(path, call);
    if (target.kind === 'drives') return extendedAttribute(null, null, name);
    return extendedAttribute(target.entry, target.drive.tree.attributes.of(keptId(target)), name);
  }

  /** EPERM for `user.panfuse.`, EOPNOTSUPP for names outside `user.`; EEXIST, ENODATA by the flags. */
  async setxattr(path: string, name: string, value: Uint8Array, flags: number, call: Call): Promise<void> {
    requireUserName(name);
    await this.#attributes.setExtended(await this.#targets.entry(path, call), name, value, flags);
  }

  /** ENODATA, EPERM and EOPNOTSUPP as getxattr and setxattr. */
  async removexattr(path: string, name: string, call: Call): Promise<void> {
    requireUserName(name);
    await this.#attributes.removeExtended(await this.#targets.entry(path, call), name);
  }

  /** The answer to an operation that no drive has. */
  refuse(operation: RefusedOperation, path: string): FsError {
    return refused(operation, driveOf(this.#layout, path), path);
  }

  /**
   * Tells which paths (inside the mount) mean something else now, other than by what was asked for here; returns how
   * to stop listening.
   */
  onChange(listener: (paths: readonly string[]) => void): () => void {
    const stops = drivesOf(this.#layout).map((drive) => {
      const prefix = prefixOf(this.#layout, drive);
      return drive.tree.onChange((change) => {
        const paths = this.#own.others(change.paths.map((path) => prefix + path));
        if (paths.length > 0) listener(paths);
      });
    });
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Every open handle. */
  openFiles(): readonly OpenFileStatus[] {
    return this.#files.list();
  }

  /** Closes what is still open; reads that wait end with EINTR. Resolves when all that was unlinked is removed. */
  async close(): Promise<void> {
    this.#expectations.close();
    this.#files.close();
    await this.#unlinked.close();
  }

  #expect(handle: number, drive: VfsDrive, { entry, parent }: FileNode): void {
    const siblings = async (call: Call): Promise<readonly FileEntry[]> => {
      const nodes = await drive.tree.list(parent, call);
      return nodes.flatMap((node) => (node.kind === 'file' ? [node.entry] : []));
    };
    this.#expectations.opened(handle, { drive, entry, siblings });
  }

  /** Empties a file for a new handle. What that one will write is not there yet: until it is closed nothing counts. */
  async #openEmptied(file: OpenNode, mode: OpenMode, call: Call): Promise<Opened> {
    if (!mode.writes) {
      await this.#cut(file, 0, call);
      return this.#files.open(file, mode);
    }
    file.addWriter();
    try {
      await file.truncate(0, call);
      return this.#files.open(file, mode);
    } finally {
      file.loseWriter();
    }
  }

  /** What nobody needs to close afterwards: the new size counts as closed. */
  async #cut(node: OpenNode, size: number, call: Call): Promise<void> {
    node.addWriter();
    try {
      await node.truncate(size, call);
    } finally {
      await node.removeWriter(call);
    }
  }

  /** Takes the name of an open file away, as libfuse asks; false when nobody has it open any more. */
  async #hide(path: string, hidden: string, call: Call): Promise<boolean> {
    // What the cloud got just now is known by its new id already.
    await driveOf(this.#layout, path)?.tree.local.idle();
    const { drive, writes, node, place } = await locateName(this.#layout, path, call);
    if (node?.kind !== 'file') return false;
    const open = this.#files.find(drive, node.entry);
    if (open === undefined) return false;
    this.#unlinked.hide(path, hidden, open, {
      entry: () => open.shownEntry(node.entry, FOR_NOBODY),
      remove: (entry) => writes.remove(entry, place.path, FOR_NOBODY),
    });
    return true;
  }
}

/** For what goes on after the request that began it was answered. */
const FOR_NOBODY: Call = { signal: new AbortController().signal, urgency: 'lookup' };

function modeOf(flags: number): OpenMode {
  const writes = (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0;
  return { writes, appends: (flags & constants.O_APPEND) !== 0, completes: writes };
}
