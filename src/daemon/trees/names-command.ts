import { strictObject } from 'valibot';
import type { CommandFor } from '../../lib/protocol.js';
import type { Tree } from '../../metadata/tree.js';
import { FsError } from '../../lib/errors.js';
import { locatePlace, type Locators, placeName } from '../place-names.js';

/** A drive as far as its folders are read. */
interface NamedDrive {
  readonly tree: Pick<Tree, 'resolve' | 'list'>;
}

/** What is in a folder: what is known of it at once, else by one call. A shell completes paths with it. */
export function namesCommand(locators: Locators<NamedDrive>): CommandFor<'GET /v1/names'> {
  return {
    name: 'names',
    method: 'GET',
    path: '/v1/names',
    summary: 'The names in a folder',
    input: strictObject({ folder: placeName }),
    async run({ folder }, { signal }) {
      const call = { signal, urgency: 'lookup' } as const;
      const { drive, path } = await locatePlace(folder, locators, call);
      const node = await drive.tree.resolve(path, call);
      if (node.kind === 'file')
        throw new FsError('ENOTDIR', `${folder} is a file, not a folder`, { expected: true });
      const nodes = await drive.tree.list(node, call);
      return nodes
        .map(({ name, kind }) => ({ name, kind }))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
    },
  };
}
