import type { Entry } from '../driver/entry.js';
import { FsError } from '../lib/errors.js';
import type { DriveAttributes, KeptAttributes } from './drive.js';

const PREFIX = 'user.panfuse.';
/** setxattr(2)'s flags. */
const CREATE = 1;
const REPLACE = 2;

/** The value of one extended attribute. ENODATA when the entry has none of that name, EOPNOTSUPP outside `user.`. */
export function extendedAttribute(
  entry: Entry | null,
  kept: KeptAttributes | null,
  name: string,
): Uint8Array {
  requireUserName(name);
  const value = entry === null ? undefined : (kept?.extended?.[name] ?? valuesOf(entry).get(name));
  if (value === undefined) throw missing(name);
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/**
 * Sets an extended attribute, which is kept here. EPERM for those that the cloud says, EOPNOTSUPP outside `user.`,
 * EEXIST and ENODATA as the flags of setxattr(2) ask.
 */
export async function setExtendedAttribute(
  attributes: DriveAttributes,
  id: string,
  change: { readonly name: string; readonly value: Uint8Array; readonly flags: number },
): Promise<void> {
  const { name, value, flags } = change;
  requireOwnName(name);
  const isThere = attributes.of(id)?.extended?.[name] !== undefined;
  if (isThere && (flags & CREATE) !== 0) {
    throw new FsError('EEXIST', `${name}: the attribute exists`, { expected: true });
  }
  if (!isThere && (flags & REPLACE) !== 0) throw missing(name);
  await attributes.setExtended(id, name, value);
}

/** ENODATA when there is none, EPERM for those that the cloud says, EOPNOTSUPP outside `user.`. */
export async function removeExtendedAttribute(
  attributes: DriveAttributes,
  id: string,
  name: string,
): Promise<void> {
  requireOwnName(name);
  if (attributes.of(id)?.extended?.[name] === undefined) throw missing(name);
  await attributes.removeExtended(id, name);
}

/**
 * Throws for names outside `user.`: with EOPNOTSUPP the kernel asks for `security.` and `system.` names once
 * a device, with ENODATA `ls -l` asks for each file.
 */
export function requireUserName(name: string): void {
  if (name.startsWith('user.')) return;
  throw new FsError('EOPNOTSUPP', `${name}: only names that begin with "user." exist here`, {
    expected: true,
  });
}

function requireOwnName(name: string): void {
  requireUserName(name);
  if (!name.startsWith(PREFIX)) return;
  throw new FsError('EPERM', `${name}: says what the cloud says, and cannot be set`, { expected: true });
}

function missing(name: string): FsError {
  return new FsError('ENODATA', `${name}: no such attribute`, { expected: true });
}

function valuesOf(entry: Entry): ReadonlyMap<string, string> {
  const values = new Map<string, string>(
    Object.entries(entry.attributes).map(([key, value]) => [PREFIX + key, value]),
  );
  values.set(`${PREFIX}id`, entry.id);
  if (entry.kind === 'file' && entry.hash !== null) values.set(PREFIX + entry.hash.kind, entry.hash.value);
  return values;
}
