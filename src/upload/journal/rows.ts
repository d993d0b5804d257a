import type { Entry, FileEntry } from '../../driver/entry.js';
import type { ContentHashes, UploadCheckpoint } from '../../driver/writer.js';
import { type ByteRange, rangeLength } from '../../lib/range.js';

/**
 * ```
 * writing ─close→ closed → hashing → rapid → parts → verify → (the row is removed)
 *    ↑              └──────────── a later write ───────┘│
 *    └──────────────────────────────────────────────────┘     local: never uploaded    failed: a person decides
 * ```
 * `writing` without a program that has it open is a draft.
 */
export type FileState = 'writing' | 'closed' | 'hashing' | 'rapid' | 'parts' | 'verify' | 'local' | 'failed';

/** What a spool file was like when it was closed, so that damage is seen before anything is uploaded. */
export interface SpoolSeal {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch, an even second: the time that was given to the spool file. */
  readonly modifiedAt: number;
}

/** One spool file. */
export interface FileRow {
  /** `local-<uuid>`. */
  readonly id: string;
  readonly drive: string;
  readonly state: FileState;
  readonly parentId: string;
  /** As the cloud shall have it. */
  readonly name: string;
  /** Inside the drive, for people: where it was shown when it was recorded. */
  readonly path: string;
  /** Bytes, when it was recorded last. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** Milliseconds since the epoch; null while it was not closed since the last write. */
  readonly closedAt: number | null;
  /** What goes to the recycle bin once the cloud has this. */
  readonly replaces: readonly Entry[];
  /** The file of the cloud that is being changed; null when none of its bytes are wanted. */
  readonly base: FileEntry | null;
  /** Of `base`, not fetched yet. */
  readonly missing: readonly ByteRange[];
  readonly hashes: ContentHashes | null;
  readonly checkpoint: UploadCheckpoint | null;
  readonly attempts: number;
  /** Milliseconds since the epoch; null when it waits for nothing. */
  readonly nextTry: number | null;
  /** Why the last try did not work, for people. */
  readonly reason: string | null;
  /** Of a closed file, all bytes of one generation are the same: whatever was found out about an older one is void. */
  readonly generation: number;
  /** Null while it was not closed since the last write. */
  readonly seal: SpoolSeal | null;
}

/** What may be changed of a row. */
export type FilePatch = Partial<Omit<FileRow, 'id' | 'drive'>>;

/** What a new file begins with. */
export type NewFile = Pick<FileRow, 'id' | 'parentId' | 'name' | 'path' | 'replaces' | 'base'>;

/** Whether a draft has the bytes of its base, of which none was changed. */
export function isUnchanged({ base, size, missing }: FileRow): boolean {
  return base?.size === size && missing.reduce((sum, range) => sum + rangeLength(range), 0) === size;
}

/** One change that the cloud is owed. */
export interface ChangeRow {
  /** Grows: changes are owed in this order. */
  readonly sequence: number;
  readonly drive: string;
  readonly kind: 'makeDirectory' | 'rename' | 'move' | 'remove';
  /** As it was before the change. */
  readonly entry: Entry;
  readonly parentId: string;
  readonly name: string;
  readonly path: string;
  readonly attempts: number;
  readonly reason: string | null;
  /** Of a removal that the cloud has done: the row stays until its listings show that. */
  readonly done?: true;
}

export type NewChange = Omit<ChangeRow, 'sequence'>;
export type ChangePatch = Partial<Omit<ChangeRow, 'sequence' | 'drive'>>;

/** Something that a trash folder of file managers shows, or such a folder: it exists on this machine alone. */
export interface TrashRow {
  readonly drive: string;
  /** As it is shown, under an id of its own: `local-<uuid>`. */
  readonly shown: Entry;
  /** What the cloud had, and has in its recycle bin; null for a folder that was made here. */
  readonly original: Entry | null;
  /** Milliseconds since the epoch; null while the cloud is still to remove it. */
  readonly removedAt: number | null;
}

/** A new file's first row. */
export function firstRow(file: NewFile, drive: string, now: number): FileRow {
  const { id, parentId, name, path, replaces, base } = file;
  return {
    ...{ id, drive, state: 'writing', parentId, name, path, replaces, base },
    size: base?.size ?? 0,
    modifiedAt: now,
    closedAt: null,
    missing: base === null || base.size === 0 ? [] : [{ start: 0, end: base.size }],
    hashes: null,
    checkpoint: null,
    attempts: 0,
    nextTry: null,
    reason: null,
    generation: 1,
    seal: null,
  };
}
