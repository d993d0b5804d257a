import type { ListenAddress } from '../lib/listen-address.js';
import type { BandwidthSchedule } from '../upload/queue/bandwidth-schedule.js';

/** The effective configuration: every default filled in, sizes in bytes, times in milliseconds; deeply frozen. */
export interface Config {
  /** The file it was read from. */
  readonly file: string;
  /** What a person should hear although it works. */
  readonly warnings: readonly string[];
  readonly accounts: readonly AccountConfig[];
  readonly drives: readonly DriveConfig[];
  readonly mounts: readonly MountConfig[];
  readonly cache: {
    readonly path: string;
    readonly size: number;
    readonly probes: number;
    readonly keepFree: KeepFree;
    readonly memory: number;
  };
  readonly links: {
    /** Files for whose links is asked ahead of need at once at most; 0 for none. */
    readonly ahead: number;
    /** Where players are served; null for nowhere. */
    readonly listen: ListenAddress | null;
    /** Null for the one that is kept in the state folder. */
    readonly token: string | null;
    /** How players reach it, without a slash at its end; null for the address at which it listens. */
    readonly url: string | null;
    /** User-Agents of players that get the bytes from here; `*` stands for any characters. */
    readonly stream: readonly string[];
    /** Extensions of the files that media servers are told of, without a dot. */
    readonly strm: readonly string[];
  };
  readonly upload: {
    /** From the last close until the upload begins. */
    readonly delay: number;
    /** Uploads of an account at once. */
    readonly parallel: number;
    readonly bandwidth: BandwidthSchedule;
    readonly spool: { readonly path: string; readonly size: number; readonly keepFree: KeepFree };
    /** Names that stay on this machine; `*` stands for any characters. */
    readonly junk: readonly string[];
  };
  readonly offline: {
    /** Whether what was asked for is taken out of the cloud's list when it is done; files stay. */
    readonly autoClear: boolean;
  };
  readonly timeouts: {
    readonly read: number;
    readonly stall: number;
    readonly metadata: number;
    readonly metadataProgress: number;
  };
  readonly state: { readonly path: string };
  readonly control: { readonly socket: string; readonly group: string | null };
  /** Where the metrics are found by TCP too; null for nowhere. */
  readonly metrics: { readonly listen: ListenAddress | null };
  readonly log: { readonly level: 'error' | 'warn' | 'info' | 'debug'; readonly file: string | null };
  readonly network: { readonly caFiles: readonly string[] };
  /** What a mount is that a command asks for without saying more. */
  readonly mountDefaults: MountDefaults;
}

/** Bytes, or a share (0 to 1) of the disk. */
export type KeepFree = { readonly bytes: number } | { readonly share: number };

export interface AccountConfig {
  readonly name: string;
  /** One of DRIVER_KINDS. */
  readonly kind: string;
  /** The kind's own settings, as its schema gave them. */
  readonly settings: object;
}

export interface DriveConfig {
  readonly name: string;
  readonly account: string;
  /** A folder id or a pasted web address. */
  readonly root: string;
  readonly listingTtl: number;
  /** What close(2) waits for: the local disk, or the cloud. */
  readonly close: 'async' | 'sync';
  /** What stands before links that are handed out. */
  readonly downloadProxy: string | null;
}

export interface MountDefaults {
  readonly readOnly: boolean;
  readonly allowOther: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly umask: number;
  readonly readAhead: number;
}

export interface MountConfig extends MountDefaults {
  readonly path: string;
  /** drive: the one drive is the root of the mount. drives: each is a folder in it. */
  readonly layout: 'drive' | 'drives';
  readonly drives: readonly string[];
}
