import type { Call } from '../lib/call.js';
import type { ByteRange } from '../lib/range.js';
import type { DirectoryEntry, Entry, FileEntry } from './entry.js';

/** The hashes of a file's bytes, upper-case hexadecimal. */
export interface ContentHashes {
  readonly sha1: string;
  /** The SHA-1 of the first 128 KiB, of all bytes when there are fewer. */
  readonly headSha1: string;
  readonly md5: string;
}

/** Bytes that are to become a file. They do not change while the driver has them. */
export interface UploadContent {
  readonly size: number;
  readonly hashes: ContentHashes;
  /** Exactly the bytes of a range inside the file. Rejects with FsError, and with the signal's reason on abort. */
  read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array>;
}

/** Where a file is to appear. */
export interface UploadTarget {
  readonly directory: DirectoryEntry;
  /**
   * As the cloud shall have it. A file of the same name stays: both are there afterwards
   * (conformance: "upload leaves a file of the same name where it is").
   */
  readonly name: string;
}

/**
 * rapid: the cloud is asked whether it knows the bytes. parts: bytes are sent, and no file comes of it when that ends.
 * verify: the last bytes are on their way or there; the cloud makes the file, and has not confirmed it.
 */
export type UploadStage = 'rapid' | 'parts' | 'verify';

/** What a driver needs to continue an upload in another process: plain JSON that only the driver reads. */
export type UploadCheckpoint = Readonly<Record<string, unknown>>;

/** The course of one upload, kept by whoever asked for it. */
export interface UploadProgress {
  /** What was saved last for these bytes and this target; null at the first try. */
  readonly checkpoint: UploadCheckpoint | null;
  /** Resolves when it is on disk: what follows may count on it. Null forgets it. */
  save(checkpoint: UploadCheckpoint | null): Promise<void>;
  /** Each stage as it begins (conformance: "upload tells its stages and how much the cloud has"). */
  onStage(stage: UploadStage): void;
  /** So many bytes of the file are in the cloud now; never fewer than before. */
  onSent(bytes: number): void;
  /**
   * Resolves when so many bytes may be sent (conformance: "upload sends no byte that was not admitted"); rejects with
   * the signal's reason on abort.
   */
  admit(bytes: number, signal: AbortSignal): Promise<void>;
}

/**
 * What changes a drive. Nothing here ever replaces or destroys: what is removed goes to the cloud's recycle bin
 * (conformance: "remove puts what it takes into the recycle bin"). Repeating any of it after an answer was lost does
 * no harm (conformance: "changes may be repeated after a lost answer"), an upload with its checkpoint. Everything may
 * be called concurrently (conformance: "changes may be made concurrently", "uploads may run concurrently").
 */
export interface DriverWriter {
  /** At most this many entries in one call of `move` or `remove` (conformance: "move and remove take as many entries as they say"). */
  readonly batch: number;
  /** Whether the cloud takes files without bytes (conformance: "upload makes an empty file, or the driver says that it cannot"). */
  readonly emptyFiles: boolean;
  /**
   * Bytes of the largest file; null when the cloud does not say
   * (conformance: "upload rejects with EFBIG when the file is too large").
   */
  readonly largestFile: number | null;

  /**
   * A new directory, or the one of that name that is there already (conformance: "makeDirectory makes a directory",
   * "makeDirectory gives the directory that is there already"). Its name may differ from the one asked for: the
   * entry says what the cloud made of it. Rejects with ENOENT when the parent does not exist
   * (conformance: "makeDirectory rejects with ENOENT when the parent does not exist"), EINVAL when the cloud refuses
   * the name (conformance: "makeDirectory and rename reject with EINVAL for each character that the facts forbid"),
   * ENAMETOOLONG (conformance: "makeDirectory and rename reject with ENAMETOOLONG for a name that is too long").
   */
  makeDirectory(parent: DirectoryEntry, name: string, call: Call): Promise<DirectoryEntry>;

  /**
   * Another name in the same directory; the id stays (conformance: "rename keeps the id"). The entry says what name
   * the cloud gave it. Rejects with ENOENT when it does not exist (conformance: "rename rejects with ENOENT when the
   * entry does not exist"), EEXIST when the cloud refuses a second one of the
   * name, EINVAL, ENAMETOOLONG.
   */
  rename(entry: Entry, name: string, call: Call): Promise<Entry>;

  /**
   * Other places for entries, whose ids and names stay; never replaces (conformance: "move keeps ids and names",
   * "move replaces nothing"). Rejects with ENOENT when the target does not exist (conformance: "move rejects with
   * ENOENT when the target does not exist"), EINVAL when a directory would come to stand below itself
   * (conformance: "move rejects with EINVAL when a directory would come to stand below itself").
   */
  move(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void>;

  /**
   * To the recycle bin, directories with all that is in them; resolves also for what is gone already (conformance:
   * "remove takes entries out of their directory", "remove resolves for what is gone already"). All of one parent.
   */
  remove(entries: readonly Entry[], call: Call): Promise<void>;

  /**
   * Makes a file: by its hashes when the cloud knows the bytes, else by sending them, going on where the checkpoint
   * ends. Resolves only when the cloud has confirmed size and hash (conformance: "upload makes a file with these
   * bytes", "upload sends nothing when the cloud knows the bytes", "upload goes on from its checkpoint", "upload
   * makes one file although its last answer was lost", "upload makes one file although the answer that the cloud
   * knows the bytes was lost"). Rejects with ENOENT when the directory does not exist (conformance: "upload rejects
   * with ENOENT when the directory does not exist"), ENOSPC or EDQUOT without space (conformance: "upload rejects
   * with ENOSPC or EDQUOT when the account is full"), EFBIG when the file is too large, EINVAL when the name is
   * refused or an empty file is, ENAMETOOLONG (conformance: "upload rejects with ENAMETOOLONG for a name that is too
   * long"); with what `content.read`, `progress.save` and `progress.admit` reject with (conformance: "upload rejects
   * with what its content and its course reject with").
   */
  upload(
    target: UploadTarget,
    content: UploadContent,
    progress: UploadProgress,
    call: Call,
  ): Promise<FileEntry>;
}

/** What is known of the hashes of a file's bytes, upper-case hexadecimal; null what is not. */
export type KnownHashes = Readonly<Record<keyof ContentHashes, string | null>>;

/** Bytes that are known by some of their hashes; `read` proves that whoever asks has them. */
export interface RapidContent {
  readonly size: number;
  readonly hashes: KnownHashes;
  /** As UploadContent.read: exactly the bytes of a range, and nothing else is fetched for it. */
  readonly read: UploadContent['read'];
}

/** Files from their hashes alone. */
export interface RapidUpload {
  /**
   * The new file, or null when the cloud does not know the bytes (conformance: "rapid makes a file from its hashes",
   * "rapid answers null for unknown bytes"), or cannot be asked by the hashes that are known. The hash that files
   * carry is enough (conformance: "rapid needs no more than the hash that files carry"). `content.read` is asked only for the ranges that the cloud wants proved.
   * Rejects as `upload` does. After a lost answer list the directory: a second call makes a second file.
   */
  create(target: UploadTarget, content: RapidContent, call: Call): Promise<FileEntry | null>;
}

/** Copies inside an account that move no byte. */
export interface ServerCopy {
  /** At most this many entries in one call. */
  readonly limit: number;
  /**
   * Copies entries, directories with all that is in them, under their own names; both stay when a name is there
   * already (conformance: "copy leaves the source and makes equal files"). The copies have other ids: list the target,
   * also after a lost answer, because a second call copies a second time. Rejects with ENOENT when an entry or the
   * target does not exist, EINVAL when a directory would be copied below itself, ENOSPC or EDQUOT without space.
   */
  copy(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void>;
}

/** Something in the recycle bin. */
export interface TrashedEntry {
  /** Of the bin, not of the entry that it was. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'file' | 'directory';
  /** Bytes; null for directories and where the cloud does not say. */
  readonly size: number | null;
  /** Milliseconds since the epoch. */
  readonly removedAt: number;
  /** The directory that it was in; null when the cloud does not say. */
  readonly parentId: string | null;
}

/** The cloud's recycle bin. */
export interface Trash {
  /** Everything in it, in pages (conformance: "trash lists what was removed"). */
  list(call: Call): AsyncIterable<readonly TrashedEntry[]>;
  /**
   * Puts these back where they were (conformance: "trash gives back what was removed"). Rejects with ENOENT when one
   * is not there (conformance: "trash rejects with ENOENT when it is to give back what is not in it").
   */
  restore(entries: readonly TrashedEntry[], call: Call): Promise<void>;
  /** Destroys these for good; null means everything (conformance: "trash destroys what it is told to, or everything"). */
  purge(entries: readonly TrashedEntry[] | null, call: Call): Promise<void>;
}
