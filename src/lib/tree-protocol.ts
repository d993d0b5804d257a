/*
 * What a daemon is asked about what it knows of its drives, without a call to a cloud. Paths are written DRIVE:/PATH.
 * Times are milliseconds since the epoch, sizes bytes.
 */

/** Folders below what was looked at that were never listed: what is in them is not known. */
export interface UnknownFolders {
  readonly count: number;
  /** Some of them, as `films:/2026`. */
  readonly some: readonly string[];
}

/** Where to look: `films:/2026`, or an absolute path of this machine inside a mount; all drives when it is left out. */
export interface TreeInput {
  readonly path?: string | undefined;
}

export interface SearchInput extends TreeInput {
  /** Every word of it must be in the name; case and width of letters do not matter. */
  readonly text: string;
  /** Matches that are told at most; 1000 by default. */
  readonly limit?: number | undefined;
}

export interface SearchMatch {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** Null for directories. */
  readonly size: number | null;
  readonly modifiedAt: number;
}

export interface SearchOutput {
  /** In the order of their paths. */
  readonly matches: readonly SearchMatch[];
  /** Matches that were found, more than are told where that was limited. */
  readonly found: number;
  readonly unknown: UnknownFolders;
}

export interface UsageInput extends TreeInput {
  /** Folders down to this depth get a row of their own; 1 by default. */
  readonly depth?: number | undefined;
}

/** What a folder and all below it hold, as far as it is known. */
export interface UsageRow {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly directories: number;
  /** Folders in it that were never listed. */
  readonly unknown: number;
}

export interface UsageOutput {
  /** The largest first; what was asked for itself last. */
  readonly rows: readonly UsageRow[];
  readonly unknown: UnknownFolders;
}

export interface DuplicatesInput extends TreeInput {
  /** Bytes: smaller files are left out; 1 by default. */
  readonly smallest?: number | undefined;
  /** Groups that are told at most; 1000 by default. */
  readonly limit?: number | undefined;
}

/** Files with the same bytes. */
export interface DuplicateGroup {
  readonly size: number;
  /** As the cloud tells it, such as `sha1 0A4D…`. */
  readonly hash: string;
  readonly paths: readonly string[];
}

export interface DuplicatesOutput {
  /** Those that take the most room beyond one copy first. */
  readonly groups: readonly DuplicateGroup[];
  /** Groups that were found, more than are told where that was limited. */
  readonly found: number;
  /** What all copies but one of each group take. */
  readonly wasted: number;
  /** Files that could not be compared: the cloud tells no hash of them. */
  readonly unhashed: number;
  readonly unknown: UnknownFolders;
}

export interface TreeProtocol {
  'GET /v1/search': { input: SearchInput; output: SearchOutput; progress: never };
  'GET /v1/du': { input: UsageInput; output: UsageOutput; progress: never };
  'GET /v1/dupes': { input: DuplicatesInput; output: DuplicatesOutput; progress: never };
}
