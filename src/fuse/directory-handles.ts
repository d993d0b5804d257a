import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import type { Attributes } from '../vfs/attributes.js';
import type { DirectoryEntryWithAttributes, Vfs } from '../vfs/vfs.js';

/** Part of a directory: `entries[0]` is at `offset`; the kernel goes on at `offset + 1` after it. */
export interface DirectoryPage {
  readonly offset: number;
  readonly entries: readonly DirectoryEntryWithAttributes[];
}

interface DirectoryHandle {
  /** `.`, `..` and every name as they were when the reading began; null before. */
  entries: readonly DirectoryEntryWithAttributes[] | null;
  /** How many entries to offer next, and where that offer began. */
  size: number;
  offered: number;
}

const FIRST_PAGE = 64;
const LARGEST_PAGE = 1024;

/**
 * Open directories. Each keeps the names as they were when its reading began, so that an offset means the same
 * entry on every page although names come and go meanwhile. Reading from the start again looks anew.
 */
export class DirectoryHandles {
  readonly #vfs: Vfs;
  readonly #handles = new Map<number, DirectoryHandle>();
  #last = 0;

  constructor(vfs: Vfs) {
    this.#vfs = vfs;
  }

  open(): number {
    this.#last += 1;
    this.#handles.set(this.#last, { entries: null, size: FIRST_PAGE, offered: 0 });
    return this.#last;
  }

  /** The entries from an offset on, as many as the kernel is likely to have room for. Rejects as Vfs.readdir does. */
  async read(number: number, path: string, offset: number, call: Call): Promise<DirectoryPage> {
    const handle = this.#handles.get(number);
    if (handle === undefined) throw new FsError('EBADF', `directory handle ${number} is not open`);
    const entries = offset > 0 && handle.entries !== null ? handle.entries : await this.#snapshot(path, call);
    handle.entries = entries;
    adapt(handle, offset);
    handle.offered = offset;
    return { offset, entries: entries.slice(offset, offset + handle.size) };
  }

  release(number: number): void {
    this.#handles.delete(number);
  }

  async #snapshot(path: string, call: Call): Promise<readonly DirectoryEntryWithAttributes[]> {
    const [names, here, above] = await Promise.all([
      this.#vfs.readdir(path, call),
      this.#vfs.getattr(path, call),
      this.#attributesAbove(path, call),
    ]);
    return [{ name: '.', attributes: here }, { name: '..', attributes: above }, ...names];
  }

  async #attributesAbove(path: string, call: Call): Promise<Attributes> {
    return await this.#vfs.getattr(path.replace(/\/[^/]*\/?$/, '') || '/', call);
  }
}

// The kernel's buffer is the limit and we are not told its size: what it took of the last offer says. Offering
// everything each time would make a long directory quadratic.
function adapt(handle: DirectoryHandle, offset: number): void {
  const taken = offset - handle.offered;
  if (offset === 0) handle.size = FIRST_PAGE;
  else if (taken >= handle.size) handle.size = Math.min(LARGEST_PAGE, handle.size * 2);
  else if (taken > 0) handle.size = taken + Math.ceil(taken / 4);
}
