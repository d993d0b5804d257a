import type { Call } from '../lib/call.js';
import { FsError, notFound } from '../lib/errors.js';
import { childPath, type DirectoryNode, type Node, pathOf } from '../metadata/node.js';
import type { DriveWrites, Place } from '../upload/drive-writes.js';
import type { VfsDrive, VfsLayout } from './drive.js';
import { cloudNameFor } from './typed-names.js';

/** The longest name of a file or directory, in bytes of UTF-8. */
export const NAME_BYTES = 255;

/** What a path means: the directory of all drives, or a node of one of them. */
export type Location =
  | { readonly kind: 'drives'; readonly drives: readonly VfsDrive[] }
  | { readonly kind: 'node'; readonly drive: VfsDrive; readonly node: Node };

/** A name in a directory of a drive that may be written to; nothing need be there yet. */
export interface NameLocation {
  readonly drive: VfsDrive;
  readonly writes: DriveWrites;
  readonly directory: DirectoryNode;
  /** What has the name now. */
  readonly node: Node | null;
  readonly place: Place;
}

/**
 * What an absolute path inside the mount means.
 * Rejects with ENOENT, ENOTDIR when a file stands in the way, ENAMETOOLONG when a component is over 255 bytes.
 */
export async function locate(layout: VfsLayout, path: string, call: Call): Promise<Location> {
  const components = componentsOf(path);
  if (layout.kind === 'drive') return await inDrive(layout.drive, components, call);
  const [first, ...rest] = components;
  if (first === undefined) return { kind: 'drives', drives: layout.drives };
  const drive = layout.drives.find((candidate) => candidate.name === first);
  if (drive === undefined) throw notFound(path);
  return await inDrive(drive, rest, call);
}

/**
 * Where a name is, or would be. Rejects as `locate` does for the directory, with EROFS when the drive is mounted
 * read-only, EBUSY for the root of a drive, EPERM for a name beside the drives, EINVAL and ENAMETOOLONG for names
 * that the cloud cannot have.
 */
export async function locateName(layout: VfsLayout, path: string, call: Call): Promise<NameLocation> {
  const name = componentsOf(path).at(-1);
  if (name === undefined)
    throw new FsError('EBUSY', 'the root of a mount stays as it is', { expected: true });
  const above = await locate(layout, path.replace(/\/[^/]+\/*$/, ''), call);
  if (above.kind === 'drives') throw besideDrives(above.drives, path, name);
  const { drive, node: directory } = above;
  if (directory.kind === 'file')
    throw new FsError('ENOTDIR', `${path}: not below a directory`, { expected: true });
  const writes = writesOf(drive, path);
  const node = await childOf(drive, directory, name, call);
  const place = {
    directory: directory.entry,
    name: cloudNameFor(name, drive.source.driver.facts),
    path: childPath(pathOf(directory), name),
  };
  return { drive, writes, directory, node, place };
}

/** What writes to a drive. Throws EROFS when it is mounted read-only. */
export function writesOf({ writes }: VfsDrive, path: string): DriveWrites {
  if (writes !== null) return writes;
  throw new FsError('EROFS', `${path}: the drive is mounted read-only`, { expected: true });
}

/** The drive that a path lies in, without a look at its names; null for the directory of all drives. */
export function driveOf(layout: VfsLayout, path: string): VfsDrive | null {
  if (layout.kind === 'drive') return layout.drive;
  const first = path.split('/').find((component) => component !== '');
  return layout.drives.find((drive) => drive.name === first) ?? null;
}

function componentsOf(path: string): readonly string[] {
  const components = path.split('/').filter((component) => component !== '');
  for (const component of components) {
    if (Buffer.byteLength(component) > NAME_BYTES) {
      throw new FsError('ENAMETOOLONG', `${component}: a name is at most 255 bytes long`, { expected: true });
    }
  }
  return components;
}

async function inDrive(drive: VfsDrive, components: readonly string[], call: Call): Promise<Location> {
  if (components.length === 0) return { kind: 'node', drive, node: drive.tree.root };
  return { kind: 'node', drive, node: await drive.tree.resolve(`/${components.join('/')}`, call) };
}

async function childOf(
  drive: VfsDrive,
  directory: DirectoryNode,
  name: string,
  call: Call,
): Promise<Node | null> {
  try {
    return await drive.tree.lookup(directory, name, call);
  } catch (error) {
    if (error instanceof FsError && error.errno === 'ENOENT') return null;
    throw error;
  }
}

function besideDrives(drives: readonly VfsDrive[], path: string, name: string): FsError {
  return drives.some((drive) => drive.name === name)
    ? new FsError('EBUSY', `${path}: is a drive and stays as it is`, { expected: true })
    : new FsError('EPERM', `${path}: only the configuration adds drives`, { expected: true });
}
