import type { Content, ContentSource } from '../content/content.js';
import type { Space } from '../driver/driver.js';
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

/** What the file system asks of the read engine. */
export type DriveContent = Pick<Content, 'open'>;

/** One drive as a mount shows it. */
export interface VfsDrive {
  /** The drive's name; the name of its top-level directory where a mount shows several. */
  readonly name: string;
  /** Open already. */
  readonly tree: DriveTree;
  readonly content: DriveContent;
  /** Where the bytes of this drive's files come from. */
  readonly source: ContentSource;
}

/** What the root of the mount is: the root of one drive, or a directory with one entry a drive. */
export type VfsLayout =
  | { readonly kind: 'drive'; readonly drive: VfsDrive }
  | { readonly kind: 'drives'; readonly drives: readonly VfsDrive[] };

/** The drives that a layout shows. */
export function drivesOf(layout: VfsLayout): readonly VfsDrive[] {
  return layout.kind === 'drive' ? [layout.drive] : layout.drives;
}
