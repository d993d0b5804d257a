import { FsError } from '../../lib/errors.js';

/**
 * The folder id of a drive's root as the configuration has it: an id, or a web address pasted from the browser
 * (`https://115.com/?cid=123…`). Throws FsError EINVAL.
 */
export function rootId(root: string): string {
  const text = root.trim();
  const id = /^\d+$/.test(text) ? text : /[?&#]cid=(\d+)/.exec(text)?.[1];
  if (id !== undefined) return id.replace(/^0+(?=\d)/, '');
  throw new FsError(
    'EINVAL',
    `root "${root}": write the id of a folder in quotes ("0" is the whole drive), or paste the folder's web address with its cid=…`,
    { reason: 'refused' },
  );
}
