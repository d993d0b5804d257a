import type { Content, ContentSource } from '../content/content.js';
import type { Space } from '../driver/driver.js';
import type { Entry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { DirectoryNode, Node } from '../metadata/node.js';
import type { DriveWrites } from '../upload/drive-writes.js';

/** What programs have set of an entry and no cloud keeps. Times are nanoseconds since the epoch. */
export interface KeptAttributes {
  readonly modifiedAt?: bigint;
  readonly accessedAt?: bigint;
  /** The permission bits of chmod(2). */
  readonly mode?: number;
  /** Extended attributes by their whole name (`user.…`). */
  readonly extended?: Readonly<Record<string, Uint8Array>>;
}

/** What the file system asks of a drive's local attributes; metadata's Tree has them. */
export interface DriveAttributes {
  /** Null when nothing was set. */
  of(id: string): KeptAttributes | null;
  /** Sets what is given and keeps the rest. */
  set(id: string, attributes: Omit<KeptAttributes, 'extended'>): Promise<void>;
  /** ENOSPC when the attributes of an entry become too large. */
  setExtended(id: string, name: string, value: Uint8Array): Promise<void>;
  removeExtended(id: string, name: string): Promise<void>;
  /** The bytes changed: times that were set before say nothing any more. */
  forgetTimes(id: string): Promise<void>;
  /** Another entry takes over what was set of this one. */
  transfer(fromId: string, toId: string): Promise<void>;
}

/** What the file system asks of a drive's names; metadata's Tree has it. */
export interface DriveTree {
  readonly root: DirectoryNode;
  resolve(path: string, call: Call): Promise<Node>;
  lookup(directory: DirectoryNode, name: string, call: Call): Promise<Node>;
  list(directory: DirectoryNode, call: Call): Promise<readonly Node[]>;
  /** What is older than `maxAge` (milliseconds) waits for the cloud's answer. */
  space(call: Call, maxAge?: number): Promise<Space | null>;
  /** As it was learned last, without asking. */
  knownSpace(): Space | null;
  /** It is asked for behind, when it is not known. */
  expectSpace(): void;
  onChange(listener: (change: { readonly paths: readonly string[] }) => void): () => void;
  status(): { readonly entries: number };
  readonly attributes: DriveAttributes;
  readonly local: {
    /** The entry that is shown under an id now; null when none is. */
    entry(id: string): Entry | null | Promise<Entry | null>;
    /** Resolves when everything asked for so far is shown. */
    idle(): Promise<void>;
  };
}

/** What the file system asks of the read engine. */
export type DriveContent = Pick<Content, 'open' | 'horizon' | 'expect'>;

/** One drive as a mount shows it. */
export interface VfsDrive {
  /** The drive's name; the name of its top-level directory where a mount shows several. */
  readonly name: string;
  /** Open already. */
  readonly tree: DriveTree;
  readonly content: DriveContent;
  /** Where the bytes of this drive's files come from. */
  readonly source: ContentSource;
  /** What programs write; null when the drive is mounted read-only. */
  readonly writes: DriveWrites | null;
}

/** What the root of the mount is: the root of one drive, or a directory with one entry a drive. */
export type VfsLayout =
  | { readonly kind: 'drive'; readonly drive: VfsDrive }
  | { readonly kind: 'drives'; readonly drives: readonly VfsDrive[] };

/** The drives that a layout shows. */
export function drivesOf(layout: VfsLayout): readonly VfsDrive[] {
  return layout.kind === 'drive' ? [layout.drive] : layout.drives;
}

/** What paths inside the mount begin with for a drive; empty where it is the root. */
export function prefixOf(layout: VfsLayout, drive: VfsDrive): string {
  return layout.kind === 'drive' ? '' : `/${drive.name}`;
}
