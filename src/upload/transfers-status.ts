import type { ChangeRow, FileState } from './journal/rows.js';
import type { RefusedChange } from './changes/refusals.js';
import type { Activity } from './queue/queued-file.js';

/** One file that the cloud does not have yet. Plain data. */
export interface TransferStatus {
  readonly id: string;
  /** Inside the drive. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes that are in the cloud. */
  readonly sent: number;
  readonly state: FileState | 'paused' | 'waiting';
  readonly activity: Activity;
  /** Failures in a row. */
  readonly attempts: number;
  /** Why it waits or failed, for people; null while all is well. */
  readonly reason: string | null;
  /** Milliseconds since the epoch; null when it waits for no time. */
  readonly nextTry: number | null;
  /** Milliseconds since the epoch. */
  readonly closedAt: number | null;
}

/** A file that was never closed: a person keeps or drops it. */
export interface DraftStatus {
  readonly id: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** A change that the cloud does not know yet. */
export interface OwedChangeStatus {
  readonly kind: ChangeRow['kind'];
  readonly path: string;
  /** What the cloud said to it, when it is tried again later; null while all is well. */
  readonly reason: string | null;
}

/** All that one drive owes its cloud. Plain data, for the control socket. */
export interface TransfersStatus {
  readonly drive: string;
  /** Whether the account's uploads are paused. */
  readonly paused: boolean;
  /** In the order in which they were begun. */
  readonly files: readonly TransferStatus[];
  readonly drafts: readonly DraftStatus[];
  readonly changes: {
    readonly waiting: readonly OwedChangeStatus[];
    /** Why none is sent at the moment; null while all is well. */
    readonly reason: string | null;
    /** What the cloud refused lately, and was put back. */
    readonly refused: readonly RefusedChange[];
  };
  readonly spool: {
    /** Bytes. */
    readonly used: number;
  };
}
