import { minLength, pipe, regex, string } from 'valibot';
import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';

/** A place as people write it: `films:/2026`, or an absolute path of this machine inside a mount. */
export const placeName = pipe(
  string(),
  minLength(1, 'must not be empty'),
  regex(/^([^:/]+:|\/)/, 'must be DRIVE:/FOLDER, or a path inside a mount'),
);

/** Where a place is. */
export interface Located<D> {
  readonly drive: D;
  /** Absolute inside the drive. */
  readonly path: string;
}

/** What finds a place. */
export interface Locators<D> {
  readonly drives: { open(name: string, call: Call): Promise<D> };
  readonly mounts: { locate(path: string, call: Call): Promise<Located<D>> };
}

/** The place of such a name, whether there is something or not. Rejects with FsError: ENOENT, EINVAL, or as the drive's start does. */
export async function locatePlace<D>(
  name: string,
  { drives, mounts }: Locators<D>,
  call: Call,
): Promise<Located<D>> {
  const [, drive, path] = /^([^:/]+):(\/.*)?$/s.exec(name) ?? [];
  if (drive !== undefined) return { drive: await drives.open(drive, call), path: path ?? '/' };
  if (name.startsWith('/')) return await mounts.locate(name, call);
  const words = `${name}: write DRIVE:/FOLDER, such as films:/2026, or a path inside a mount`;
  throw new FsError('EINVAL', words, { expected: true });
}
