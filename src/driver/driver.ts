import type { Call } from '../lib/call.js';
import type { DirectoryEntry, Entry, FileEntry } from './entry.js';

/** What is always true of a cloud and decides how it is used. */
export interface DriverFacts {
  /** The hash that files carry; null when the cloud gives none. */
  readonly hash: 'sha1' | 'md5' | null;
  /** The longest name in bytes of UTF-8. */
  readonly nameBytes: number;
  /** Characters that the cloud refuses in new names. */
  readonly forbiddenCharacters: string;
  /** Whether `a` and `A` are two names. */
  readonly caseSensitive: boolean;
  /** Whether the bytes behind an id can never change (a replaced file is a new id). */
  readonly immutableContent: boolean;
  /** Connections that one download link allows when the link itself does not say. */
  readonly connectionsPerLink: number;
  /** How long, in milliseconds, something new may be missing from listings. */
  readonly listingLag: number;
}

/** A download URL with all that it is bound to. */
export interface DownloadLink {
  readonly url: string;
  /** Headers that every request of this link must carry (User-Agent, a cookie). */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch after which it is worthless; null when it does not expire. */
  readonly expiresAt: number | null;
  /** How many connections it allows at once. */
  readonly maxConnections: number;
  /** Bytes of the file as the cloud says with the link; null when it does not say. */
  readonly size: number | null;
}

/** Space of the account in bytes. */
export interface Space {
  readonly total: number;
  readonly used: number;
}

export interface LinkOptions {
  /** The User-Agent that will fetch the link, where links are bound to one; the driver's own by default. */
  readonly userAgent?: string;
}

/** Many links in one call. */
export interface LinkBatch {
  /** At most this many files in one call. */
  readonly limit: number;
  /** Links by entry id; a file that has none is missing from the map. Rejects as Driver.link does. */
  links(
    files: readonly FileEntry[],
    call: Call,
    options?: LinkOptions,
  ): Promise<ReadonlyMap<string, DownloadLink>>;
}

/**
 * One drive of one cloud: an account seen from a root folder. Knows no path, no cache and no FUSE.
 *
 * Every method rejects with FsError only (aborts reject with the signal's reason), honours `call.signal`,
 * and may be called concurrently. Pacing, retries and token renewal have happened before a rejection is seen.
 * Verbs that a cloud may lack are properties that are present exactly when it can.
 * test/drivers/conformance.ts has a test, named alike, for each sentence in these contracts.
 */
export interface Driver {
  /** The kind in the configuration, such as `115-open`. */
  readonly kind: string;
  readonly facts: DriverFacts;

  /**
   * Proves the login and finds the root folder.
   * Rejects with EACCES when the login is lost (message: the next step), ENOENT when the root does not exist.
   */
  connect(call: Call): Promise<DirectoryEntry>;

  /**
   * The children of a directory in pages, each child exactly once, in no promised order; entries that are
   * not completely uploaded are left out. An empty directory yields nothing.
   * Rejects with ENOENT when the directory does not exist, EIO when an answer is odd: what was yielded before
   * a rejection is not the whole directory.
   */
  list(directory: DirectoryEntry, call: Call): AsyncIterable<readonly Entry[]>;

  /** The entry as it is now; null when it no longer exists. */
  stat(entry: Entry, call: Call): Promise<Entry | null>;

  /** A link to the bytes of a file. Rejects with ENOENT when the file does not exist. */
  link(file: FileEntry, call: Call, options?: LinkOptions): Promise<DownloadLink>;

  /** Space of the account; null when the cloud does not say. */
  space(call: Call): Promise<Space | null>;

  readonly links?: LinkBatch;
}
