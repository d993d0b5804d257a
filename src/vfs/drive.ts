import type { Driver, Space } from '../driver/driver.js';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { DirectoryNode, Node } from '../metadata/node.js';

/** What the file system asks of a drive's names; metadata's Tree has it. */
export interface DriveTree {
  readonly root: DirectoryNode;
  resolve(path: string, call: Call): Promise<Node>;
  list(directory: DirectoryNode, call: Call): Promise<readonly Node[]>;
  space(call: Call): Promise<Space | null>;
  onChange(listener: (change: { readonly paths: readonly string[] }) => void): () => void;
  status(): { readonly entries: number };
}

/** Whose links and connections a drive's bytes come over. */
export interface DriveSource {
  readonly account: string;
  readonly driver: Driver;
  /** The most connections of the account. */
  readonly connections: number;
}

/** The bytes of one open file; content's OpenContent. */
export interface FileBytes {
  /** Bytes from a position: `length` of them, fewer only at the end of the file. */
  read(position: number, length: number, call: Call): Promise<Uint8Array>;
  close(): void;
}

/** What the file system asks of the read engine; content's Content has it. */
export interface DriveContent {
  open(source: DriveSource, file: FileEntry): FileBytes;
}

/** One drive as a mount shows it. */
export interface VfsDrive {
  /** The drive's name; the name of its top-level directory where a mount shows several. */
  readonly name: string;
  /** Open already. */
  readonly tree: DriveTree;
  readonly content: DriveContent;
  /** Where the bytes of this drive's files come from. */
  readonly source: DriveSource;
}

/** What the root of the mount is: the root of one drive, or a directory with one entry a drive. */
export type VfsLayout =
  | { readonly kind: 'drive'; readonly drive: VfsDrive }
  | { readonly kind: 'drives'; readonly drives: readonly VfsDrive[] };

/** The drives that a layout shows. */
export function drivesOf(layout: VfsLayout): readonly VfsDrive[] {
  return layout.kind === 'drive' ? [layout.drive] : layout.drives;
}
