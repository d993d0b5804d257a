import type { Entry, FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import { FsError, notFound } from '../lib/errors.js';
import type { DirectoryNode, Node } from '../metadata/node.js';
import type { LocalFile } from '../upload/drive-writes.js';
import { MODE_BITS, type Ownership, plainMode } from './attributes.js';
import type { KeptAttributes, VfsDrive, VfsLayout } from './drive.js';
import { locateName, type NameLocation } from './location.js';

/** A file that was made. */
export interface Created {
  readonly drive: VfsDrive;
  readonly entry: FileEntry;
  readonly local: LocalFile;
}

/**
 * What adds, removes and moves names. Every method takes paths inside the mount and rejects as `locateName` does;
 * what it resolves for is journalled and shown.
 */
export class NameChanges {
  readonly #layout: VfsLayout;
  readonly #ownership: Ownership;
  readonly #clock: Clock;

  constructor(clock: Clock, layout: VfsLayout, ownership: Ownership) {
    this.#clock = clock;
    this.#layout = layout;
    this.#ownership = ownership;
  }

  /** A new file without bytes; null when the name is taken. */
  async create(path: string, mode: number, call: Call): Promise<Created | null> {
    const { drive, writes, node, place } = await locateName(this.#layout, path, call);
    if (node !== null) return null;
    const local = await writes.create(place, call);
    await this.#keepMode(drive, local.id, 'file', mode);
    const now = this.#clock.now();
    const entry: FileEntry = {
      kind: 'file',
      id: local.id,
      parentId: place.directory.id,
      name: place.name,
      size: 0,
      modifiedAt: now,
      createdAt: now,
      hash: null,
      attributes: {},
    };
    return { drive, entry, local };
  }

  /** EEXIST. */
  async makeDirectory(path: string, mode: number, call: Call): Promise<void> {
    const { drive, writes, node, place } = await locateName(this.#layout, path, call);
    if (node !== null) throw taken(path);
    const made = await writes.makeDirectory(place, call);
    await this.#keepMode(drive, made.id, 'directory', mode);
  }

  /** ENOENT, EISDIR. */
  async unlink(path: string, call: Call): Promise<void> {
    const { writes, node, place } = await locateName(this.#layout, path, call);
    const { entry } = present(node, path);
    if (entry.kind === 'directory') throw isDirectory(path);
    await writes.remove(entry, place.path, call);
  }

  /** ENOENT, ENOTDIR, ENOTEMPTY; the cloud is asked. */
  async removeDirectory(path: string, call: Call): Promise<void> {
    const { drive, writes, node, place } = await locateName(this.#layout, path, call);
    const found = present(node, path);
    if (found.kind === 'file') throw new FsError('ENOTDIR', `${path}: not a directory`, { expected: true });
    await requireEmpty(drive, found, path, call);
    await writes.removeDirectory(found.entry, place.path, call);
  }

  /**
   * Another place or name; what has the new name is replaced as rename(2) says, `unlinked` being a file that had it
   * until now. ENOENT, EEXIST with `noReplace`, EXDEV between drives, EISDIR, ENOTDIR, ENOTEMPTY, EINVAL when a
   * directory would come to stand below itself. False when both names are the same file.
   */
  async rename(
    from: string,
    to: string,
    options: { readonly noReplace: boolean; readonly unlinked: FileEntry | null },
    call: Call,
  ): Promise<boolean> {
    const source = await locateName(this.#layout, from, call);
    const moving = present(source.node, from);
    const target = await locateName(this.#layout, to, call);
    if (source.drive !== target.drive) {
      throw new FsError('EXDEV', `${to}: on another drive than ${from}`, { expected: true });
    }
    const { noReplace, unlinked } = options;
    const there = target.node?.entry.id === unlinked?.id ? null : target.node;
    if (there?.entry.id === moving.entry.id) return false;
    if (there !== null && noReplace) throw taken(to);
    requireOutside(moving, target.directory, to);
    const replaced = await this.#replacedBy(moving, { ...target, node: there }, to, call);
    const { drive, writes, place } = target;
    const { entry } = moving;
    const kept = drive.tree.attributes.of(entry.id);
    const wasTrashed = writes.isTrashed(entry.id);
    const id = await writes.move(entry, place, replaced ?? unlinked, call);
    if (kept !== null && wasTrashed !== writes.isTrashed(id)) await keepAttributes(drive, id, kept);
    return true;
  }

  /** What the move replaces. */
  async #replacedBy(
    moving: Node,
    { drive, node }: NameLocation,
    to: string,
    call: Call,
  ): Promise<Entry | null> {
    if (node === null) return null;
    if (node.kind === 'file') {
      if (moving.kind === 'file') return node.entry;
      throw new FsError('ENOTDIR', `${to}: is a file, and a directory cannot replace it`, { expected: true });
    }
    if (moving.kind === 'file') throw isDirectory(to);
    await requireEmpty(drive, node, to, call);
    return node.entry;
  }

  async #keepMode(drive: VfsDrive, id: string, kind: Entry['kind'], mode: number): Promise<void> {
    const bits = mode & MODE_BITS;
    if (bits === plainMode(kind, this.#ownership)) return;
    await drive.tree.attributes.set(id, { mode: bits });
  }
}

/** What was set of an entry that has another id now: it came into the trash, or out of it. */
async function keepAttributes(
  { tree: { attributes } }: VfsDrive,
  id: string,
  { extended = {}, ...kept }: KeptAttributes,
): Promise<void> {
  await attributes.set(id, kept);
  for (const [name, value] of Object.entries(extended)) await attributes.setExtended(id, name, value);
}

function present(node: Node | null, path: string): Node {
  if (node === null) throw notFound(path);
  return node;
}

// What is known to be inside needs no call of the cloud.
async function requireEmpty(
  drive: VfsDrive,
  directory: DirectoryNode,
  path: string,
  call: Call,
): Promise<void> {
  const children = await drive.tree.list(directory, call);
  if (children.length > 0) throw new FsError('ENOTEMPTY', `${path}: directory not empty`, { expected: true });
}

function requireOutside(moving: Node, target: DirectoryNode, path: string): void {
  for (let at: DirectoryNode | null = target; at !== null; at = at.parent) {
    if (at.entry.id !== moving.entry.id) continue;
    throw new FsError('EINVAL', `${path}: a directory cannot be moved below itself`, { expected: true });
  }
}

function taken(path: string): FsError {
  return new FsError('EEXIST', `${path}: exists`, { expected: true });
}

function isDirectory(path: string): FsError {
  return new FsError('EISDIR', `${path}: is a directory`, { expected: true });
}
