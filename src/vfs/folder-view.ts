import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import type { DriveTree } from './drive.js';

/**
 * A folder of a drive as a tree of its own; the tree itself for `/`.
 * Rejects with ENOENT when there is no such folder, ENOTDIR when it is a file.
 */
export async function folderView(tree: DriveTree, folder: string, call: Call): Promise<DriveTree> {
  const prefix = folder.replace(/\/+$/, '');
  if (prefix === '') return tree;
  const root = await tree.resolve(prefix, call);
  if (root.kind !== 'directory') throw new FsError('ENOTDIR', `${folder} is a file, not a folder`);
  return {
    root,
    resolve: (path, call) => tree.resolve(prefix + path, call),
    lookup: (directory, name, call) => tree.lookup(directory, name, call),
    list: (directory, call) => tree.list(directory, call),
    space: (call, maxAge) => tree.space(call, maxAge),
    knownSpace: () => tree.knownSpace(),
    expectSpace: () => tree.expectSpace(),
    attributes: tree.attributes,
    local: tree.local,
    status: () => tree.status(),
    onChange: (listener) =>
      tree.onChange(({ paths }) => {
        const inside = paths
          .filter((path) => path.startsWith(`${prefix}/`))
          .map((path) => path.slice(prefix.length));
        if (inside.length > 0) listener({ paths: inside });
      }),
  };
}
