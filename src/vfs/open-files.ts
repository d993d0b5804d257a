import { LRUCache } from 'lru-cache';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { VfsDrive } from './drive.js';
import { OpenFile } from './open-file.js';

/** What open answers. */
export interface Opened {
  readonly handle: number;
  /** Whether the kernel may keep the pages it has of this path: they hold this content. */
  readonly keepCache: boolean;
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

/** The table of open handles. */
export class OpenFiles {
  readonly #env: Env;
  readonly #files = new Map<number, OpenFile>();
  /** By path, what identifies the content that was last opened there: the pages of the kernel hold that. */
  readonly #contents = new LRUCache<string, string>({ max: REMEMBERED_PATHS });
  #lastHandle = 0;

  constructor(env: Env) {
    this.#env = env;
  }

  /** Opens the file of a drive at a path. */
  open(path: string, drive: VfsDrive, entry: FileEntry): Opened {
    const content = contentIdentity(entry);
    const keepCache = this.#contents.get(path) === content;
    this.#contents.set(path, content);
    if (!keepCache) this.#replaceOthers(path, content);
    this.#lastHandle += 1;
    const opened = drive.content.open(drive.source, entry);
    this.#files.set(this.#lastHandle, new OpenFile(this.#env, path, entry, opened));
    return { handle: this.#lastHandle, keepCache };
  }

  /** The file behind a handle. Throws EBADF when there is none. */
  get(handle: number): OpenFile {
    const file = this.#files.get(handle);
    if (file === undefined) throw new FsError('EBADF', `handle ${handle} is not open`);
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

  /** Closes a handle for good. Throws EBADF for an unknown one. */
  release(handle: number): void {
    this.get(handle).close();
    this.#files.delete(handle);
  }

  list(): readonly OpenFileStatus[] {
    return [...this.#files].map(([handle, file]) => ({
      handle,
      path: file.path,
      size: file.entry.size,
      waiting: file.waiting,
    }));
  }

  /** Closes every handle. */
  close(): void {
    for (const handle of [...this.#files.keys()]) this.release(handle);
  }

  #isAwaited(path: string): boolean {
    return [...this.#files.values()].some((file) => file.path === path && file.waiting > 0);
  }

  #replaceOthers(path: string, content: string): void {
    for (const file of this.#files.values()) {
      if (file.path === path && contentIdentity(file.entry) !== content) file.replace();
    }
  }
}

/** Equal exactly when the bytes are believed to be equal. */
function contentIdentity(entry: FileEntry): string {
  return [entry.id, entry.size, entry.hash?.value ?? '', entry.modifiedAt].join(' ');
}
