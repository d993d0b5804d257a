import type { FileEntry } from '../../driver/entry.js';
import type { FsError } from '../../lib/errors.js';
import type { FileRow } from '../journal/rows.js';
import { type Attempt, attemptIn } from './attempt.js';
import type { SpooledFile } from './spooled-file.js';
import type { UploadRun } from './upload-run.js';

/** What is done for a file at the moment, for people. */
export type Activity = 'waiting' | 'hashing' | 'rapid' | 'parts' | 'verify';

/** The way of one closed file to the cloud, as long as nobody writes to it. */
export interface Course {
  readonly abort: AbortController;
  /** The upload under way; null before and after. */
  run: UploadRun | null;
}

/** A file with bytes that the cloud does not have yet. */
export class QueuedFile {
  readonly spooled: SpooledFile;
  /** As the journal had it when this drive changed it last. */
  row: FileRow;
  /** What was begun and may have made a file. */
  attempt: Attempt | null;
  /** Whether the cloud may have made a file of the attempt. */
  uncertain: boolean;
  /** Gone for programs; what the cloud may have made of it has to go too. */
  removed: boolean;
  course: Course | null = null;
  /** The generation that the cloud has, although a program still has the file open; 0 for none. */
  confirmed = 0;
  activity: Activity = 'waiting';
  /** Bytes that are in the cloud. */
  sent = 0;
  paused = false;
  /** The next try does not wait for the usual delay. */
  urgent = false;
  /** Failures in a row. */
  failures = 0;
  /** Of the last failure; null while all is well. */
  trouble: FsError | null = null;
  /** Milliseconds since the epoch; null while it waits for no time. */
  nextTry: number | null = null;

  constructor(spooled: SpooledFile, row: FileRow) {
    this.spooled = spooled;
    this.row = row;
    this.attempt = attemptIn(row.checkpoint);
    this.uncertain = this.attempt !== null;
    this.removed = this.attempt?.unwanted ?? false;
  }

  get id(): string {
    return this.row.id;
  }

  /** Whether its bytes are complete and wait for the cloud. */
  get isOwed(): boolean {
    const { state } = this.row;
    return state !== 'writing' && state !== 'local' && state !== 'failed';
  }

  /** Whether it waits until the cloud has space. */
  get isFull(): boolean {
    return this.row.state === 'failed' && this.row.nextTry !== null;
  }

  /** Whether the cloud has made a file of what was begun, or may have. */
  get mayBeInCloud(): boolean {
    if (this.attempt === null) return false;
    return this.uncertain || this.attempt.entry !== null || (this.course?.run?.isMaking ?? false);
  }

  /** As the tree shows it. */
  get entry(): FileEntry {
    const { id, parentId, name, size, modifiedAt, base } = this.row;
    const createdAt = base?.createdAt ?? modifiedAt;
    return {
      kind: 'file',
      ...{ id, parentId, name, size, modifiedAt, createdAt },
      hash: null,
      attributes: {},
    };
  }
}
