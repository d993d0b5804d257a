import type { Call } from '../lib/call.js';
import type { DirectoryEntry, Entry, FileEntry } from './entry.js';
import type { OfflineDownloads } from './offline.js';
import type { DriverWriter, RapidUpload, ServerCopy, Trash } from './writer.js';

/**
 * What is always true of a cloud and decides how it is used. Quoted names, here and below, are those of the
 * checks in test/drivers/conformance.ts that put the sentence to the test.
 */
export interface DriverFacts {
  /** The hash that files carry; null when the cloud gives none (conformance: "facts name the hash that files carry"). */
  readonly hash: 'sha1' | 'md5' | null;
  /** The longest name in bytes of UTF-8 (conformance: "facts tell the longest name"). */
  readonly nameBytes: number;
  /** Characters that the cloud refuses in new names (conformance: "facts name each forbidden character once"). */
  readonly forbiddenCharacters: string;
  /** Whether `a` and `A` are two names (conformance: "facts tell whether case makes two names"). */
  readonly caseSensitive: boolean;
  /**
   * Whether the bytes behind an id can never change: a replaced file is a new id
   * (conformance: "facts tell whether the bytes behind an id can change").
   */
  readonly immutableContent: boolean;
  /**
   * Connections that one download link allows when the link itself does not say
   * (conformance: "facts allow at least one connection").
   */
  readonly connectionsPerLink: number;
  /**
   * How long, in milliseconds, something new may be missing from listings
   * (conformance: "list shows something new within the listing lag").
   */
  readonly listingLag: number;
}

/** A download URL with all that it is bound to. */
export interface DownloadLink {
  readonly url: string;
  /**
   * Headers that every request of this link must carry: User-Agent, a cookie
   * (conformance: "link leads to the bytes of the file").
   */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Milliseconds since the epoch after which it is worthless; null when it does not expire
   * (conformance: "link is worthless after it expires, not before").
   */
  readonly expiresAt: number | null;
  /** How many connections it allows at once (conformance: "link allows as many connections as it says"). */
  readonly maxConnections: number;
  /**
   * Bytes of the file as the cloud says with the link; null when it does not say
   * (conformance: "link tells the size of the file").
   */
  readonly size: number | null;
}

/** Space of the account in bytes. */
export interface Space {
  readonly total: number;
  readonly used: number;
}

export interface LinkOptions {
  /**
   * The User-Agent that will fetch the link, where links are bound to one; the driver's own by default
   * (conformance: "link is bound to the User-Agent that was asked for").
   */
  readonly userAgent?: string;
}

/** Many links in one call. */
export interface LinkBatch {
  /** At most this many files in one call (conformance: "links takes as many files as it says"). */
  readonly limit: number;
  /**
   * Links by entry id; a file that has none is missing from the map
   * (conformance: "links leads to the bytes of each file, or leaves it out"). Otherwise rejects as Driver.link does.
   */
  links(
    files: readonly FileEntry[],
    call: Call,
    options?: LinkOptions,
  ): Promise<ReadonlyMap<string, DownloadLink>>;
}

/**
 * One drive of one cloud: an account seen from a root folder. Knows no path, no cache and no FUSE.
 *
 * Every method rejects with FsError only (conformance: "every verb rejects with FsError only"); after an abort
 * with the signal's reason (conformance: "every verb rejects with the reason of a signal that has aborted")
 * and without delay (conformance: "every verb ends at once when the signal aborts"). Every method may be called
 * concurrently (conformance: "every verb may be called concurrently"). Pacing, retries and token renewal have
 * happened before a rejection is seen. Verbs that a cloud may lack are properties, present exactly when it can.
 */
export interface Driver {
  /** The kind in the configuration, such as `115-open`. */
  readonly kind: string;
  readonly facts: DriverFacts;

  /**
   * Proves the login and finds the root folder (conformance: "connect finds the root folder",
   * "connect makes any folder the root"). Rejects with EACCES when the login is lost, the message naming the
   * next step (conformance: "connect rejects with EACCES when the login is lost"), with ENOENT when the root
   * does not exist (conformance: "connect rejects with ENOENT when the root does not exist").
   */
  connect(call: Call): Promise<DirectoryEntry>;

  /**
   * The children of a directory in pages, each child exactly once, in no promised order
   * (conformance: "list yields each child once over several pages", "list forgets what was removed"); entries
   * that are not completely uploaded are left out (conformance: "list leaves out what is not completely
   * uploaded"). An empty directory yields nothing (conformance: "list yields nothing for an empty directory").
   * Rejects with ENOENT when the directory does not exist (conformance: "list rejects with ENOENT when the
   * directory does not exist"), EIO when an answer is odd (conformance: "list rejects with EIO when an answer
   * is odd"): what was yielded before a rejection is not the whole directory (conformance: "list rejects
   * before it has yielded a whole directory").
   */
  list(directory: DirectoryEntry, call: Call): AsyncIterable<readonly Entry[]>;

  /**
   * The entry as it is now (conformance: "stat tells the entry as it is now", "stat agrees with list"); null
   * when it no longer exists (conformance: "stat answers null for what no longer exists").
   */
  stat(entry: Entry, call: Call): Promise<Entry | null>;

  /**
   * A link to the bytes of a file. Rejects with ENOENT when the file does not exist
   * (conformance: "link rejects with ENOENT when the file does not exist").
   */
  link(file: FileEntry, call: Call, options?: LinkOptions): Promise<DownloadLink>;

  /** Space of the account; null when the cloud does not say (conformance: "space tells what the account has, or null"). */
  space(call: Call): Promise<Space | null>;

  readonly links?: LinkBatch;
  readonly write?: DriverWriter;
  readonly rapid?: RapidUpload;
  readonly copy?: ServerCopy;
  readonly trash?: Trash;
  readonly offline?: OfflineDownloads;
}
