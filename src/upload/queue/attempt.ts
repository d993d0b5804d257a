import type { DirectoryEntry, FileEntry } from '../../driver/entry.js';
import type { ContentHashes, UploadCheckpoint, UploadTarget } from '../../driver/writer.js';

/**
 * An upload that was begun: of these bytes, to this place, whatever became of the file since. As long as it is not known
 * how it ended, the cloud may have the file.
 */
export interface Attempt {
  readonly target: UploadTarget;
  readonly generation: number;
  /** Bytes. */
  readonly size: number;
  readonly hashes: ContentHashes;
  /** What the driver needs to go on. */
  readonly saved: UploadCheckpoint | null;
  /** What the cloud made of it; null while it is not known. */
  readonly entry: FileEntry | null;
  /** The file was removed here: if the cloud has it, it goes there too. */
  readonly unwanted: boolean;
}

export function newAttempt(
  target: UploadTarget,
  generation: number,
  size: number,
  hashes: ContentHashes,
): Attempt {
  return { target, generation, size, hashes, saved: null, entry: null, unwanted: false };
}

/** As the journal keeps it. */
export function checkpointOf(attempt: Attempt | null): UploadCheckpoint | null {
  return attempt === null ? null : { attempt };
}

/** What the journal kept; null for none. */
export function attemptIn(checkpoint: UploadCheckpoint | null): Attempt | null {
  const attempt = checkpoint?.['attempt'] as Attempt | undefined;
  return attempt?.target === undefined ? null : attempt;
}

/** Whether it leads into this directory: what it makes is there until it is moved. */
export function leadsInto(attempt: Attempt, directory: Pick<DirectoryEntry, 'id'>): boolean {
  return attempt.target.directory.id === directory.id;
}
