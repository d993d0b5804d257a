import type { Call } from '../lib/call.js';
import type { FsError } from '../lib/errors.js';
import type { OfflineScheme } from '../lib/offline-link.js';
import type { DirectoryEntry, FileEntry } from './entry.js';

/** waiting: the cloud has not begun. done: what it brought is in the folder. */
export type OfflineState = 'waiting' | 'running' | 'done' | 'failed';

/** A download that the cloud does by itself. Times are milliseconds since the epoch; what it does not say is null. */
export interface OfflineTask {
  /** Of the account (conformance: "offline lists each task once over several pages"). */
  readonly id: string;
  readonly link: string | null;
  readonly name: string | null;
  /** Bytes. */
  readonly size: number | null;
  readonly state: OfflineState;
  /** From 0 to 1 (conformance: "offline tells how far a task is"). */
  readonly progress: number;
  readonly addedAt: number | null;
  /** When the cloud last saw it move. */
  readonly movedAt: number | null;
  /** The folder that it was asked for. */
  readonly folderId: string | null;
  /** The file or directory that it made; null until it is done (conformance: "offline brings what a link leads to into the folder"). */
  readonly entryId: string | null;
  /** Why it failed, for a person; null otherwise (conformance: "offline tells that a task has failed"). */
  readonly reason: string | null;
}

/**
 * What became of one link. known: there is a task for it already, under this id unless the cloud does not tell
 * (conformance: "offline finds the task that a link has already").
 */
export type OfflineOutcome =
  | { readonly kind: 'added'; readonly id: string }
  | { readonly kind: 'known'; readonly id: string | null }
  | { readonly kind: 'refused'; readonly error: FsError };

/** How many tasks the account may still ask for. */
export interface OfflineQuota {
  readonly total: number;
  readonly used: number;
  readonly left: number;
  /** What it is made up of, with the time (milliseconds since the epoch) when the rest of it is lost. */
  readonly packages: readonly {
    readonly name: string;
    readonly total: number;
    readonly left: number;
    readonly expiresAt: number | null;
  }[];
}

/** What a torrent file holds. */
export interface OfflineTorrent {
  /** The id that a task for it has or would have. */
  readonly id: string;
  readonly name: string;
  /** In the order that `wanted` counts by; `preselected` as the cloud proposes. */
  readonly files: readonly { readonly path: string; readonly size: number; readonly preselected: boolean }[];
}

/** Which tasks are cleared at once; running ones include those that wait. */
export type OfflineClearing = 'done' | 'failed' | 'running' | 'all';

/** Torrent files that lie in the drive. */
export interface OfflineTorrents {
  /** Bytes of the largest torrent file that the cloud reads. */
  readonly largest: number;
  /**
   * What a torrent file holds (conformance: "offline tells what a torrent holds"). Rejects with ENOENT when the file
   * does not exist, EINVAL when it is no torrent (conformance: "offline rejects with EINVAL what is no torrent").
   */
  read(file: FileEntry, call: Call): Promise<OfflineTorrent>;
  /**
   * Asks for some of its files, by their places in `files`
   * (conformance: "offline brings the chosen files of a torrent"). Rejects as `OfflineDownloads.add` does.
   */
  add(
    file: FileEntry,
    torrent: OfflineTorrent,
    wanted: readonly number[],
    folder: DirectoryEntry,
    call: Call,
  ): Promise<OfflineOutcome>;
}

/** Tasks as a cloud keeps them, where it does. */
export interface OfflineTaskList {
  /** Every task of the account, in pages (conformance: "offline lists each task once over several pages"). */
  all(call: Call): AsyncIterable<readonly OfflineTask[]>;
  /**
   * Takes tasks out of the list and ends those that run; with `files` what they brought goes to the recycle bin
   * (conformance: "offline removes a task and keeps what it brought, or takes it along"). Resolves also for what is
   * gone already (conformance: "offline resolves when a task that is to be removed is gone already").
   */
  remove(tasks: readonly OfflineTask[], options: { readonly files: boolean }, call: Call): Promise<void>;
  /** Takes all tasks of a kind out of the list; what they brought stays (conformance: "offline clears the tasks of one state and keeps what they brought"). */
  clear(which: OfflineClearing, call: Call): Promise<void>;
}

/**
 * Downloads that the cloud does by itself: it is given links and puts what they lead to into a folder. Tasks belong to
 * the account, not to a drive. A cloud may finish a task late or never, and does not tell: whoever asked looks again.
 */
export interface OfflineDownloads {
  /** What links may begin with (conformance: "offline takes links of every scheme that it names"). */
  readonly schemes: readonly OfflineScheme[];
  /** At most this many links in one call of `add`. */
  readonly batch: number;

  /**
   * Asks for links; resolves with what became of each, in order (conformance: "offline tells what became of each
   * link"). Repeating it after a lost answer does no harm: the link is known then. A link that is refused has EINVAL,
   * or EDQUOT when no more may be asked for (conformance: "offline refuses links with EDQUOT when the quota is used
   * up"). Rejects with ENOENT when the folder does not exist (conformance: "offline rejects with ENOENT when the
   * folder does not exist").
   */
  add(links: readonly string[], folder: DirectoryEntry, call: Call): Promise<readonly OfflineOutcome[]>;

  /**
   * The tasks of these ids as they are now, in pages; one that the cloud has no more is left out
   * (conformance: "offline looks for the tasks that it is asked about, and leaves out what is gone").
   */
  look(ids: readonly string[], call: Call): AsyncIterable<readonly OfflineTask[]>;

  /**
   * Begins a failed task again; what it had is lost. The outcome may carry another id
   * (conformance: "offline begins a failed task again").
   */
  retry(task: OfflineTask, call: Call): Promise<OfflineOutcome>;

  /** How much may still be asked for (conformance: "offline counts tasks against the quota"); null where nothing limits it. */
  quota(call: Call): Promise<OfflineQuota | null>;

  /** Left out where the cloud keeps no list: whoever asks remembers the ids. */
  readonly list?: OfflineTaskList;
  readonly torrents?: OfflineTorrents;
}
