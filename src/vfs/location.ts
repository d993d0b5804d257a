import type { Call } from '../lib/call.js';
import { FsError, notFound } from '../lib/errors.js';
import type { Node } from '../metadata/node.js';
import type { VfsDrive, VfsLayout } from './drive.js';

/** The longest name of a file or directory, in bytes of UTF-8. */
export const NAME_BYTES = 255;

/** What a path means: the directory of all drives, or a node of one of them. */
export type Location =
  | { readonly kind: 'drives'; readonly drives: readonly VfsDrive[] }
  | { readonly kind: 'node'; readonly drive: VfsDrive; readonly node: Node };

/**
 * What an absolute path inside the mount means.
 * Rejects with ENOENT, ENOTDIR when a file stands in the way, ENAMETOOLONG when a component is over 255 bytes.
 */
export async function locate(layout: VfsLayout, path: string, call: Call): Promise<Location> {
  const components = path.split('/').filter((component) => component !== '');
  for (const component of components) {
    if (Buffer.byteLength(component) > NAME_BYTES) {
      throw new FsError('ENAMETOOLONG', `${component}: a name is at most 255 bytes long`, { expected: true });
    }
  }
  if (layout.kind === 'drive') return await inDrive(layout.drive, components, call);
  const [first, ...rest] = components;
  if (first === undefined) return { kind: 'drives', drives: layout.drives };
  const drive = layout.drives.find((candidate) => candidate.name === first);
  if (drive === undefined) throw notFound(path);
  return await inDrive(drive, rest, call);
}

async function inDrive(drive: VfsDrive, components: readonly string[], call: Call): Promise<Location> {
  if (components.length === 0) return { kind: 'node', drive, node: drive.tree.root };
  return { kind: 'node', drive, node: await drive.tree.resolve(`/${components.join('/')}`, call) };
}
