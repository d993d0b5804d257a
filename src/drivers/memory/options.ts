import type { ContentHash } from '../../driver/entry.js';

export interface MemoryCloudOptions {
  /** Entries in one page of a listing. @default 1000 */
  readonly pageSize?: number;
  /** Bytes that the account has. @default 1 TiB */
  readonly total?: number;
  /** Milliseconds that a link lives; null for ever. @default 1 hour */
  readonly linkLifetime?: number | null;
  /** @default 2 */
  readonly connectionsPerLink?: number;
  /** Files for which one call hands out links. @default 50 */
  readonly linksPerCall?: number;
  /** Milliseconds before listings show something new. @default 0 */
  readonly listingLag?: number;
  /** Milliseconds that each call takes. @default 0 */
  readonly latency?: number;
  /** False: a replaced file keeps its id. @default true */
  readonly immutableContent?: boolean;
  /** Entries in one call that moves, removes or copies. @default 1000 */
  readonly batch?: number;
  /** False: files without bytes are refused. @default true */
  readonly emptyFiles?: boolean;
  /** Bytes of the largest file that can be uploaded; null for no limit. @default null */
  readonly largestFile?: number | null;
  /** Bytes of each part of an upload but the last. @default 4 MiB */
  readonly partSize?: number;
  /** Bytes a second that each upload gets; null for no limit. @default null */
  readonly uploadRate?: number | null;
  /** How often a client must prove that it has the bytes whose hash it names. @default 1 */
  readonly challenges?: number;
  /** Milliseconds from asking for an offline download until its files are there. @default 60 seconds */
  readonly offlineDuration?: number;
  /** Offline downloads that may be asked for. @default 1500 */
  readonly offlineTasks?: number;
  /** Characters that are refused in new names. @default none */
  readonly forbiddenCharacters?: string;
  /** What the cloud makes of a new name without a word. @default the name as it is */
  readonly amendName?: (name: string) => string;
}

export interface MemoryFileOptions {
  /** Milliseconds since the epoch. @default now */
  readonly createdAt?: number;
  /** Milliseconds since the epoch. @default now */
  readonly modifiedAt?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  /** False: still being uploaded. @default true */
  readonly complete?: boolean;
  /** @default computed, unless the content is large */
  readonly hash?: ContentHash;
}

/** The options with every default filled in. */
export type MemorySettings = Required<MemoryCloudOptions>;

const DEFAULTS: MemorySettings = {
  pageSize: 1000,
  total: 1024 ** 4,
  linkLifetime: 3_600_000,
  connectionsPerLink: 2,
  linksPerCall: 50,
  listingLag: 0,
  latency: 0,
  immutableContent: true,
  batch: 1000,
  emptyFiles: true,
  largestFile: null,
  partSize: 4 * 1024 ** 2,
  uploadRate: null,
  challenges: 1,
  offlineDuration: 60_000,
  offlineTasks: 1500,
  forbiddenCharacters: '',
  amendName: (name) => name,
};

export function memorySettings(options: MemoryCloudOptions): MemorySettings {
  return { ...DEFAULTS, ...options };
}
