import type { GenericSchema } from 'valibot';
import type { Command } from './command.js';

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
  /** An absolute path of this machine, inside a mount. */
  readonly path: string;
  readonly recursive: boolean;
}

/** So far; `path` is the directory listed last. */
export interface RefreshProgress {
  readonly directories: number;
  readonly entries: number;
  readonly path: string;
}

export interface RefreshOutput {
  readonly directories: number;
  readonly entries: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** What a daemon of this version can be asked, by method and path. */
export interface Protocol {
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
