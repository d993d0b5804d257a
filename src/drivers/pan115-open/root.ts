import * as v from 'valibot';
import { FsError } from '../../lib/errors.js';

const WORDS =
  'write the id of a folder in quotes ("0" is the whole drive), or paste the folder\'s web address with its cid=…';

/** What the root of a drive may be in the configuration: an id, or a web address pasted from the browser. */
export const rootSchema = v.pipe(
  v.string(WORDS),
  v.check((text) => idIn(text) !== null, WORDS),
);

/**
 * The folder id of a drive's root as the configuration has it: an id, or a web address pasted from the browser
 * (`https://115.com/?cid=123…`). Throws FsError EINVAL.
 */
export function rootId(root: string): string {
  const id = idIn(root);
  if (id === null) throw new FsError('EINVAL', `root "${root}": ${WORDS}`, { reason: 'refused' });
  return id.replace(/^0+(?=\d)/, '');
}

function idIn(root: string): string | null {
  const text = root.trim();
  return /^\d+$/.test(text) ? text : (/[?&#]cid=(\d+)/.exec(text)?.[1] ?? null);
}
