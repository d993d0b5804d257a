import { LRUCache } from 'lru-cache';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { LocalFile } from '../upload/drive-writes.js';
import { prefixOf, type VfsDrive, type VfsLayout } from './drive.js';
import { OpenFile, type OpenMode } from './open-file.js';
import { OpenNode } from './open-node.js';

/** What open answers. */
export interface Opened {
  readonly handle: number;
  /** Whether the kernel may keep the pages it has of this path: they hold this content. */
  readonly keepCache: boolean;
  /**
   * Whether reads must pass the kernel's pages by: handles of another content are open at this path, and would be given
   * bytes of this one from those pages without asking.
   */
  readonly direct: boolean;
}

/** One open handle, for `status`. */
export interface OpenFileStatus {
  readonly handle: number;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Reads that wait for their bytes. */
  readonly waiting: number;
}

/** Of how many paths it is known which content their pages hold; of others the pages are dropped at open. */
const REMEMBERED_PATHS = 50_000;

const READS: OpenMode = { writes: false, appends: false, completes: false };

/** The table of open handles, and of the files behind them: one for all handles that have it open. */
export class OpenFiles {
  readonly #env: Env;
  readonly #layout: VfsLayout;
  readonly #files = new Map<number, OpenFile>();
  /** How many handles each open file has. */
  readonly #nodes = new Map<OpenNode, number>();
  /** By path, what identifies the content that was last opened there: the pages of the kernel hold that. */
  // With `max` it would take the room for all of them at once.
  readonly #contents = new LRUCache<string, string>({ maxSize: REMEMBERED_PATHS, sizeCalculation: () => 1 });
  #lastHandle = 0;

  constructor(env: Env, layout: VfsLayout) {
    this.#env = env;
    this.#layout = layout;
  }

  /** Opens a file. */
  open(found: OpenNode, mode: OpenMode = READS): Opened {
    const node = this.#same(found) ?? found;
    const { content, path } = node;
    const keepCache = this.#contents.get(path) === content;
    this.#contents.set(path, content);
    const others = this.#othersAt(node);
    for (const other of others) other.replace();
    return { handle: this.#add(node, mode), keepCache, direct: others.length > 0 };
  }

  /** Opens a file that was made just now: closing this handle completes it, whatever else it may do. */
  created(path: string, drive: VfsDrive, entry: FileEntry, local: LocalFile, mode: OpenMode): Opened {
    const begun = this.#begin(path, drive, entry, local);
    const node = this.#same(begun) ?? begun;
    this.#contents.delete(path);
    return { handle: this.#add(node, { ...mode, completes: true }), keepCache: false, direct: false };
  }

  /** The file that an entry stands for: the open one, or one that nobody has open. */
  nodeOf(path: string, drive: VfsDrive, entry: FileEntry): OpenNode {
    const known = this.find(drive, entry);
    const local = drive.writes?.local(entry.id) ?? null;
    if (known === undefined) return this.#begin(path, drive, entry, local);
    known.path = path;
    if (local === null) known.uploaded(entry);
    return known;
  }

  /** The open file that an entry stands for. */
  find(drive: VfsDrive, entry: FileEntry): OpenNode | undefined {
    for (const node of this.#nodes.keys()) if (node.drive === drive && node.shows(entry)) return node;
    return undefined;
  }

  /** Whether a handle of it is open. */
  isOpen(node: OpenNode): boolean {
    return this.#nodes.has(node);
  }

  /** What stands at another path now: a file, or a directory with all below it. */
  moved(from: string, to: string): void {
    for (const path of [from, to]) this.#contents.delete(path);
    for (const node of this.#nodes.keys()) {
      if (node.path === from) node.path = to;
      else if (node.path.startsWith(`${from}/`)) node.path = to + node.path.slice(from.length);
    }
  }

  /** The file behind a handle. Throws EBADF when there is none. */
  get(handle: number): OpenFile {
    const file = this.#files.get(handle);
    if (file === undefined) throw new FsError('EBADF', `handle ${handle} is not open`);
    return file;
  }

  /** The file behind a handle that was opened for writing. Throws EBADF. */
  getForWriting(handle: number): OpenFile {
    const file = this.get(handle);
    if (!file.mode.writes) throw new FsError('EBADF', `${file.path}: handle ${handle} is not for writing`);
    return file;
  }

  /** As OpenFile.read; EBADF for an unknown handle. */
  async read(handle: number, position: number, length: number, call: Call): Promise<Uint8Array> {
    const file = this.get(handle);
    try {
      return await file.read(position, length, call);
    } catch (error) {
      // The kernel keeps the pages of a failed read as empty places, and a program that waits for such a page
      // cannot be killed. The next open drops them, unless it would have to wait for another reader's page.
      if (!this.#isAwaited(file.path)) this.#contents.delete(file.path);
      throw error;
    }
  }

  /** Closes a handle for good; what was written through it counts as closed when this resolves. EBADF for an unknown one. */
  async release(handle: number, call: Call): Promise<void> {
    const file = this.get(handle);
    file.close();
    this.#files.delete(handle);
    const left = (this.#nodes.get(file.node) ?? 1) - 1;
    if (left > 0) this.#nodes.set(file.node, left);
    else this.#nodes.delete(file.node);
    if (file.mode.completes) await file.node.removeWriter(call);
  }

  list(): readonly OpenFileStatus[] {
    return [...this.#files].map(([handle, file]) => ({
      handle,
      path: file.path,
      size: file.node.size,
      waiting: file.waiting,
    }));
  }

  /** Ends the reads of every handle; what was written through one and never closed does not count as closed. */
  close(): void {
    for (const file of this.#files.values()) {
      file.close();
      if (file.mode.completes) file.node.loseWriter();
    }
    this.#files.clear();
    this.#nodes.clear();
  }

  /** The open file that a node stands for: others may have opened it since that was begun. */
  #same(node: OpenNode): OpenNode | undefined {
    if (this.#nodes.has(node)) return node;
    const { drive, entry, local } = node;
    if (local === null) return this.find(drive, entry);
    return [...this.#nodes.keys()].find((other) => other.local === local && !other.unlinked);
  }

  #begin(path: string, drive: VfsDrive, entry: FileEntry, local: LocalFile | null): OpenNode {
    return new OpenNode({ drive, path, prefix: prefixOf(this.#layout, drive), entry, local });
  }

  #add(node: OpenNode, mode: OpenMode): number {
    this.#lastHandle += 1;
    const file = new OpenFile(this.#env, node, mode);
    file.open();
    this.#files.set(this.#lastHandle, file);
    this.#nodes.set(node, (this.#nodes.get(node) ?? 0) + 1);
    if (mode.completes) node.addWriter();
    return this.#lastHandle;
  }

  #isAwaited(path: string): boolean {
    return [...this.#files.values()].some((file) => file.path === path && file.waiting > 0);
  }

  /** Handles of what was at the path of a file before it. */
  #othersAt(node: OpenNode): readonly OpenFile[] {
    return [...this.#files.values()].filter(
      (file) => file.node !== node && file.path === node.path && file.node.drive === node.drive,
    );
  }
}
