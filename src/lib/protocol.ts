import type { GenericSchema } from 'valibot';
import type { CacheProtocol } from './cache-protocol.js';
import type { Command } from './command.js';
import type { CopyProtocol } from './copy-protocol.js';
import type { EventProtocol } from './event-protocol.js';
import type { TrashProtocol } from './trash-protocol.js';
import type { TreeProtocol } from './tree-protocol.js';
import type { LinksProtocol } from './links-protocol.js';
import type { DoctorProtocol } from './doctor-protocol.js';
import type { LogProtocol } from './log-level.js';
import type { NamesProtocol } from './names-protocol.js';
import type { OfflineProtocol, OfflineSummary } from './offline-protocol.js';

/** All times are milliseconds since the epoch, all sizes bytes; what is not known is null, never left out. */
export interface AccountStatus {
  readonly name: string;
  readonly kind: string;
  /** unknown: not asked yet. lost: nothing works until a person logs in again. */
  readonly login: 'unknown' | 'ok' | 'lost';
  /** What happened and what to do next. */
  readonly loginMessage: string | null;
  /** While the cloud refuses: until when nothing is asked, and what it said. */
  readonly throttle: { readonly until: number; readonly message: string } | null;
  readonly calls: { readonly today: number; readonly perDay: number };
}

export interface DriveStatus {
  readonly name: string;
  readonly account: string;
  /** As the configuration names it: an id or a web address. */
  readonly root: string;
  /** How many directories and entries are known. */
  readonly directories: number;
  readonly entries: number;
  readonly space: { readonly total: number; readonly used: number } | null;
  readonly lastError: { readonly at: number; readonly message: string } | null;
  /** Why nothing can be written although the cloud would take it; null while all is well. */
  readonly readOnlyBecause: string | null;
  /** What the cloud is owed; null while the drive is not open, or cannot be written to. */
  readonly transfers: TransfersSummary | null;
}

/** How much one drive owes its cloud. */
export interface TransfersSummary {
  /** Files that will reach the cloud by themselves, their bytes, and how many of these are there. */
  readonly files: number;
  readonly bytes: number;
  readonly sent: number;
  /** Files that wait for a person: what went wrong does not heal. */
  readonly failed: number;
  /** Files that a program left unclosed. */
  readonly drafts: number;
  /** Files that stay on this machine: junk, and empty ones where the cloud takes none. */
  readonly local: number;
  /** Removed, renamed, moved and made here, and not in the cloud yet. */
  readonly changes: number;
  /** Of those, what the cloud refused lately. */
  readonly refused: number;
  /** Whether the account's uploads are paused. */
  readonly paused: boolean;
  /** Why something waits; null while all is well. */
  readonly reason: string | null;
}

export interface MountStatus {
  readonly path: string;
  /** One drive shown at the root of the mount, or several as its top-level directories. */
  readonly drives: readonly string[];
  /** The folder of the drive that is shown; `/` for all of it. */
  readonly folder: string;
  readonly readOnly: boolean;
  /** When it was mounted; 0 when it is not. */
  readonly since: number;
  readonly openFiles: number;
  /** failed: not mounted; `message` says why. */
  readonly state: 'mounted' | 'failed';
  readonly message: string | null;
}

/** How reading from the clouds goes, over all accounts. */
export interface ContentSummary {
  readonly openFiles: number;
  /** Download links at hand, and how many were renewed since the start. */
  readonly links: number;
  readonly renewals: number;
  /** Links that were asked for before they were needed, and how many of them were needed later. */
  readonly linksAhead: { readonly fetched: number; readonly used: number };
  /** Connections that carry bytes, and readers that wait for one. */
  readonly lanes: { readonly busy: number; readonly waiting: number };
  /** What programs asked for and what came from the clouds since the start. */
  readonly bytes: { readonly wanted: number; readonly fetched: number };
  /** What is kept on the local disk; null when nothing is. `message` says why it takes nothing new for now. */
  readonly blocks: {
    readonly bytes: number;
    readonly limit: number;
    readonly probeBytes: number;
    readonly probeLimit: number;
    readonly message: string | null;
  } | null;
}

export interface DaemonStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly accounts: readonly AccountStatus[];
  readonly drives: readonly DriveStatus[];
  readonly mounts: readonly MountStatus[];
  readonly content: ContentSummary;
  /** What the clouds download by themselves, one row for each account that can. */
  readonly offline: readonly OfflineSummary[];
  /** Bytes that were written and wait for the clouds, and the most they may become. */
  readonly spool: { readonly used: number; readonly limit: number };
  /** `resident` as the kernel counts the process; `buffers` of `limit` hold bytes for readers. */
  readonly memory: { readonly resident: number; readonly buffers: number; readonly limit: number };
}

/** No input. */
export type NoInput = Readonly<Record<string, never>>;

export interface MountInput {
  readonly drive: string;
  /** Absolute inside the drive; `/` for all of it. */
  readonly folder: string;
  /** An absolute path of this machine: the mount point. */
  readonly path: string;
  /** What is left out is as for a mount of the configuration. */
  readonly options: {
    readonly readOnly?: boolean | undefined;
    readonly allowOther?: boolean | undefined;
    readonly uid?: number | undefined;
    readonly gid?: number | undefined;
    /** Octal, such as `022`. */
    readonly umask?: string | undefined;
    /** Bytes. */
    readonly readAhead?: number | undefined;
  };
}

export interface RefreshInput {
  /** `films:/2026`, or an absolute path of this machine inside a mount. */
  readonly path: string;
  readonly recursive: boolean;
  /** Only folders that were never listed. */
  readonly unknown?: boolean | undefined;
}

/** So far; `path` is the directory listed last, and `waiting` ones are known to come after it. */
export interface RefreshProgress {
  readonly directories: number;
  readonly entries: number;
  readonly waiting: number;
  readonly path: string;
}

export interface RefreshOutput {
  readonly directories: number;
  readonly entries: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/**
 * writing: a program has it open. waiting: for its turn, or until it is tried again. hashing, rapid (the cloud is asked
 * whether it knows the bytes), parts (bytes are sent), verify: under way. local: it stays here. failed: a person decides.
 */
export type TransferState =
  'writing' | 'waiting' | 'paused' | 'hashing' | 'rapid' | 'parts' | 'verify' | 'local' | 'failed';

/** A file that the cloud does not have yet. */
export interface TransferRow {
  readonly id: string;
  /** Inside the drive. */
  readonly path: string;
  readonly size: number;
  /** Bytes that are in the cloud. */
  readonly sent: number;
  readonly state: TransferState;
  /** Failures in a row. */
  readonly attempts: number;
  /** Why it waits or failed; null while all is well. */
  readonly reason: string | null;
  /** When it is tried again; null when it waits for no time. */
  readonly nextTry: number | null;
  readonly closedAt: number | null;
}

/** A file that was never closed: a person keeps or drops it. */
export interface DraftRow {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: number;
}

export interface OwedChangeRow {
  readonly kind: 'makeDirectory' | 'rename' | 'move' | 'remove';
  readonly path: string;
  /** What the cloud said to it, when it is tried again later; null while all is well. */
  readonly reason: string | null;
}

/** A change that the cloud refused; it was put back. */
export interface RefusedChangeRow extends OwedChangeRow {
  readonly reason: string;
  readonly at: number;
}

/** All that one drive owes its cloud. */
export interface DriveTransfers {
  readonly drive: string;
  readonly account: string;
  /** Whether the account's uploads are paused. */
  readonly paused: boolean;
  readonly files: readonly TransferRow[];
  readonly drafts: readonly DraftRow[];
  /** What the cloud does not know yet, and why none of it is sent at the moment; null while all is well. */
  readonly changes: readonly OwedChangeRow[];
  readonly changesWaitBecause: string | null;
  /** What the cloud refused lately: it was put back. */
  readonly refused: readonly RefusedChangeRow[];
}

/** What can be done about transfers. */
export type TransferVerb = 'pause' | 'resume' | 'cancel' | 'retry' | 'keep' | 'drop';

export interface TransfersInput {
  /**
   * Ids, or beginnings of ids that belong to one alone, or absolute paths of this machine or of a drive (`films:/a`): a
   * folder means all below it.
   * Empty, for pause, resume and retry: everything.
   */
  readonly transfers: readonly string[];
  /** Only those of this drive. */
  readonly drive?: string | undefined;
}

/** What was done something about. */
export interface TransfersOutput {
  readonly transfers: readonly { readonly id: string; readonly drive: string; readonly path: string }[];
  /** Accounts of which all uploads were paused or resumed. */
  readonly accounts: readonly string[];
}

export interface TransfersWaitInput {
  readonly drive?: string | undefined;
  /** Milliseconds; without end by default. */
  readonly timeout?: number | undefined;
}

/** How far the transfers are that somebody waits for. */
export interface TransfersProgress {
  readonly files: number;
  readonly bytes: number;
  readonly sent: number;
  readonly changes: number;
  /** Files under way now, some of them when they are many. */
  readonly active: readonly (TransferRow & { readonly drive: string })[];
  /** Why something waits; null while all is well. */
  readonly reason: string | null;
}

/** When nothing is on its way any more: what is left waits for a person, or for room in the cloud. */
export interface TransfersWaitOutput {
  /** Files that are not in the cloud. */
  readonly failed: number;
  readonly drafts: number;
}

/** What a daemon of this version can be asked, by method and path. */
export interface Protocol
  extends
    CacheProtocol,
    CopyProtocol,
    DoctorProtocol,
    EventProtocol,
    LinksProtocol,
    LogProtocol,
    NamesProtocol,
    OfflineProtocol,
    TrashProtocol,
    TreeProtocol {
  'GET /v1/status': { input: NoInput; output: DaemonStatus; progress: never };
  'GET /v1/drives': { input: NoInput; output: readonly DriveStatus[]; progress: never };
  'GET /v1/mounts': { input: NoInput; output: readonly MountStatus[]; progress: never };
  'POST /v1/mount': { input: MountInput; output: MountStatus; progress: never };
  'POST /v1/unmount': {
    input: { readonly path: string };
    output: { readonly path: string };
    progress: never;
  };
  'POST /v1/refresh': { input: RefreshInput; output: RefreshOutput; progress: RefreshProgress };
  'POST /v1/accounts/reload': {
    input: { readonly account: string };
    output: AccountStatus;
    progress: never;
  };
  'GET /v1/transfers': {
    input: { readonly drive?: string | undefined };
    output: readonly DriveTransfers[];
    progress: never;
  };
  'POST /v1/transfers/wait': {
    input: TransfersWaitInput;
    output: TransfersWaitOutput;
    progress: TransfersProgress;
  };
  'POST /v1/transfers/pause': { input: TransfersInput; output: TransfersOutput; progress: never };
  'POST /v1/transfers/resume': { input: TransfersInput; output: TransfersOutput; progress: never };
  'POST /v1/transfers/cancel': { input: TransfersInput; output: TransfersOutput; progress: never };
  'POST /v1/transfers/retry': { input: TransfersInput; output: TransfersOutput; progress: never };
  'POST /v1/transfers/keep': { input: TransfersInput; output: TransfersOutput; progress: never };
  'POST /v1/transfers/drop': { input: TransfersInput; output: TransfersOutput; progress: never };
}

export type Route = keyof Protocol;
export type InputOf<R extends Route> = Protocol[R]['input'];
export type OutputOf<R extends Route> = Protocol[R]['output'];
export type ProgressOf<R extends Route> = Protocol[R]['progress'];

type MethodOf<R extends Route> = R extends `${infer M extends 'GET' | 'POST'} ${string}` ? M : never;
type PathOf<R extends Route> = R extends `${string} ${infer P extends `/v1/${string}`}` ? P : never;

/** The command behind a route, for its owner to write. */
export interface CommandFor<R extends Route> extends Command<
  GenericSchema<unknown, InputOf<R>>,
  OutputOf<R>,
  ProgressOf<R>
> {
  readonly method: MethodOf<R>;
  readonly path: PathOf<R>;
}

/** What the socket answers instead of a result. */
export interface ErrorReply {
  readonly error: {
    /** The name of an errno. */
    readonly errno: string;
    readonly reason: string;
    /** For a person. */
    readonly message: string;
    /** The field of the input that is wrong, such as `options.uid`. */
    readonly field?: string;
  };
}
