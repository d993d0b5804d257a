import type { DirectoryEntry, Entry, FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { ByteRange } from '../lib/range.js';

/** The bytes of a file as they were before it was changed. */
export interface BaseContent {
  readonly size: number;
  /** Exactly the bytes of a range inside the file. Rejects with FsError. */
  read(range: ByteRange, call: Call): Promise<Uint8Array>;
  close(): void;
}

/** Where something is shown, for people: the path inside the drive when it was written last. */
export interface Place {
  readonly directory: DirectoryEntry;
  /** As the cloud shall have it. */
  readonly name: string;
  readonly path: string;
}

/**
 * A file with bytes that the cloud does not have yet: one for all who have it open. Bytes read here are those that
 * were written, whoever wrote them. Every method rejects with FsError only, or with the signal's reason.
 */
export interface LocalFile {
  /** The id under which the tree shows it; changes when the cloud has it. */
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch: the last write. */
  readonly modifiedAt: number;
  /** The bytes from `position`, fewer only at the end. */
  read(position: number, length: number, call: Call): Promise<Uint8Array>;
  /** Writes all bytes at `position`; null appends. ENOSPC, EFBIG; the file is as before then. */
  write(position: number | null, bytes: Uint8Array, call: Call): Promise<void>;
  /** Cuts, or adds zeros. ENOSPC, EFBIG. */
  truncate(size: number, call: Call): Promise<void>;
  /** fsync(2): resolves when what was written survives a power cut. */
  sync(call: Call): Promise<void>;
  /** close(2): with bytes written since the last time, as `sync`, and the file counts as closed: it will reach the cloud. With `close: sync` it resolves when the cloud has it. */
  flush(call: Call): Promise<void>;
  /** A handle was opened for writing: nothing is uploaded before `release` was called as often. */
  retain(): void;
  /** A handle that was opened for writing is gone. */
  release(): void;
}

/**
 * Everything that is written to one drive and that the cloud does not have yet. What it resolves for is on disk, is
 * shown by the tree at once, and reaches the cloud later, in an order in which nothing is lost. Every method rejects
 * with FsError only, or with the signal's reason; all may be called concurrently.
 */
export interface DriveWrites {
  /** Bytes of the largest file; null when not known. */
  readonly largestFile: number | null;

  /** A new file without bytes; the name must be free. */
  create(place: Place, call: Call): Promise<LocalFile>;

  /** The local copy of a file that has one, by the id under which the tree shows it; null without one. */
  local(id: string): LocalFile | null;

  /** A local copy of a file of the cloud, to be changed: its bytes are fetched as far as they are needed; with `empty` none is. */
  edit(entry: FileEntry, path: string, base: BaseContent | 'empty', call: Call): Promise<LocalFile>;

  /** EEXIST is the caller's to find. `.Trash-<uid>` of a drive's root, and what is in it, stays on this machine. */
  makeDirectory(place: Place, call: Call): Promise<DirectoryEntry>;

  /**
   * Another place or name; answers the id that it is shown under then. `replaced` is what has the new name now, and goes
   * to the recycle bin when the move is done. What is moved into the trash goes to the recycle bin, and is shown there
   * under another id; what is moved out of it is back in the cloud when this resolves: ENOENT when the bin does not have
   * it any more. EPERM for the folders of the trash, and in folders that are in it.
   */
  move(entry: Entry, place: Place, replaced: Entry | null, call: Call): Promise<string>;

  /** Whether what is shown under this id is in the recycle bin: it has no bytes. */
  isTrashed(id: string): boolean;

  /** A file goes; one that only exists here is gone for good. Handles that are open keep their bytes. */
  remove(entry: FileEntry, path: string, call: Call): Promise<void>;

  /** A directory without entries goes. Asks the cloud: ENOTEMPTY when it holds anything that is not known to be going. */
  removeDirectory(entry: DirectoryEntry, path: string, call: Call): Promise<void>;

  /** A copy of a whole file made by the cloud; false when it cannot. The copy is shown when this resolves. */
  copy(source: FileEntry, place: Place, call: Call): Promise<boolean>;
}
