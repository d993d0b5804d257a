import { FsError } from '../lib/errors.js';
import type { Node } from '../metadata/node.js';

const PREFIX = 'user.panfuse.';

/** The value of one extended attribute. ENODATA when the node has none of that name, EOPNOTSUPP outside `user.`. */
export function extendedAttribute(node: Node | null, name: string): Uint8Array {
  if (!isUserName(name)) throw foreignName(name);
  const value = node === null ? undefined : valuesOf(node).get(name);
  if (value === undefined) throw new FsError('ENODATA', `${name}: no such attribute`, { expected: true });
  return Buffer.from(value);
}

/** Whether an attribute of this name could exist here at all. */
export function isUserName(name: string): boolean {
  return name.startsWith('user.');
}

/**
 * The answer for names outside `user.`: with EOPNOTSUPP the kernel asks for `security.` and `system.` names once
 * a device, with ENODATA `ls -l` asks for each file.
 */
export function foreignName(name: string): FsError {
  return new FsError('EOPNOTSUPP', `${name}: only names that begin with "user." exist here`, {
    expected: true,
  });
}

function valuesOf({ entry }: Node): ReadonlyMap<string, string> {
  const values = new Map<string, string>(
    Object.entries(entry.attributes).map(([key, value]) => [PREFIX + key, value]),
  );
  values.set(`${PREFIX}id`, entry.id);
  if (entry.kind === 'file' && entry.hash !== null) values.set(PREFIX + entry.hash.kind, entry.hash.value);
  return values;
}
