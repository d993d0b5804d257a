import type { DirectoryEntry, FileEntry } from '../driver/entry.js';

/**
 * One file as programs see it. The object stays the same across refreshes while its directory is in memory;
 * `entry`, `name` and `parent` always show what is known now.
 */
export interface FileNode {
  readonly kind: 'file';
  readonly entry: FileEntry;
  /** Legal, and unique in its directory (naming.ts). */
  readonly name: string;
  readonly parent: DirectoryNode;
}

/** One directory as programs see it: the same object for the same id as long as the tree is open. */
export interface DirectoryNode {
  readonly kind: 'directory';
  readonly entry: DirectoryEntry;
  /** Legal, and unique in its directory (naming.ts); empty for the root. */
  readonly name: string;
  /** Null for the root. */
  readonly parent: DirectoryNode | null;
}

export type Node = FileNode | DirectoryNode;

/** The absolute path of a node inside its drive: `/` for the root. */
export function pathOf(node: Node): string {
  const names: string[] = [];
  for (let at: Node = node; at.parent !== null; at = at.parent) names.unshift(at.name);
  return `/${names.join('/')}`;
}

/** The path of a name in a directory. */
export function childPath(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}
