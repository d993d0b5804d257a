/* What a daemon is asked about downloads that clouds do by themselves. Times are milliseconds since the epoch, sizes bytes. */

/** A download that a cloud does, did or could not do by itself. */
export interface OfflineTaskRow {
  /** Of the account. */
  readonly id: string;
  readonly account: string;
  /** The drive that shows its folder, and the folder in it; null where no open drive does. */
  readonly drive: string | null;
  readonly path: string | null;
  readonly name: string | null;
  readonly link: string | null;
  readonly size: number | null;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** From 0 to 1. */
  readonly progress: number;
  readonly addedAt: number | null;
  /** When it moved last. */
  readonly movedAt: number | null;
  /** Why it failed, or that it has not moved for a day; null while all is well. */
  readonly reason: string | null;
}

export interface OfflineTaskDetails extends OfflineTaskRow {
  /** Where in the drive is what it brought; null where that is not known. */
  readonly result: string | null;
}

/** How many downloads an account has, as far as it was looked. */
export interface OfflineSummary {
  readonly account: string;
  /** Those that wait for the cloud included. */
  readonly running: number;
  readonly done: number;
  readonly failed: number;
}

export interface OfflineQuotaRow {
  readonly account: string;
  /** How many links may be asked for in all, were asked for, and may still be; null where nothing limits it. */
  readonly total: number | null;
  readonly used: number | null;
  readonly left: number | null;
  readonly packages: readonly {
    readonly name: string;
    readonly total: number;
    readonly left: number;
    readonly expiresAt: number | null;
  }[];
}

/** Where downloads go: `films:/folder`, or an absolute path of this machine inside a mount. */
export interface OfflineAddInput {
  readonly to: string;
  readonly links: readonly string[];
}

/** What became of a link. exists: there was a task for it already. */
export interface OfflineAdded {
  readonly link: string;
  readonly outcome: 'added' | 'exists' | 'refused';
  readonly id: string | null;
  /** Why it was refused; null otherwise. */
  readonly errno: string | null;
  readonly message: string | null;
}

export interface OfflineAddOutput {
  readonly links: readonly OfflineAdded[];
  /** Afterwards; null when the cloud did not tell. */
  readonly quota: OfflineQuotaRow | null;
}

/** A torrent file: one that lies in a drive (`films:/a.torrent`, or a path inside a mount), or its bytes. */
export type OfflineTorrentSource =
  | { readonly path: string }
  | {
      readonly name: string;
      /** Base64. */
      readonly content: string;
    };

export interface OfflineTorrentInput {
  readonly to: string;
  readonly torrent: OfflineTorrentSource;
  /** Places in the torrent's list, from 0; what the cloud proposes by default. */
  readonly files?: readonly number[] | 'all' | undefined;
  /** False: only tells what the torrent holds. */
  readonly add: boolean;
}

export interface OfflineTorrentOutput {
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly chosen: boolean }[];
  /** Null when nothing was to be added. */
  readonly added: OfflineAdded | null;
  readonly quota: OfflineQuotaRow | null;
}

export interface OfflineTasksInput {
  /** Ids, or beginnings of ids that belong to one alone, or links. */
  readonly tasks: readonly string[];
  readonly drive?: string | undefined;
}

/** What was done something about. */
export interface OfflineTasksOutput {
  readonly tasks: readonly { readonly id: string; readonly account: string; readonly name: string | null }[];
}

export type OfflineClearState = 'done' | 'failed' | 'running' | 'all';

interface OfDrive {
  /** Only those of the account that this drive belongs to. */
  readonly drive?: string | undefined;
}

/** The routes. */
export interface OfflineProtocol {
  'GET /v1/offline': { input: OfDrive; output: readonly OfflineTaskRow[]; progress: never };
  'GET /v1/offline/show': {
    input: OfDrive & { readonly task: string };
    output: OfflineTaskDetails;
    progress: never;
  };
  'GET /v1/offline/quota': { input: OfDrive; output: readonly OfflineQuotaRow[]; progress: never };
  'POST /v1/offline/add': { input: OfflineAddInput; output: OfflineAddOutput; progress: never };
  'POST /v1/offline/torrent': { input: OfflineTorrentInput; output: OfflineTorrentOutput; progress: never };
  'POST /v1/offline/remove': {
    input: OfflineTasksInput & {
      /** What they brought goes to the recycle bin. */
      readonly files: boolean;
    };
    output: OfflineTasksOutput;
    progress: never;
  };
  /** Empty: all that failed. */
  'POST /v1/offline/retry': { input: OfflineTasksInput; output: OfflineTasksOutput; progress: never };
  'POST /v1/offline/clear': {
    input: OfDrive & { readonly state: OfflineClearState };
    output: { readonly accounts: readonly string[] };
    progress: never;
  };
  /** Tells all tasks whenever they were looked at, and ends when none runs. */
  'POST /v1/offline/watch': {
    input: OfDrive;
    output: readonly OfflineTaskRow[];
    progress: readonly OfflineTaskRow[];
  };
}
