import type { ErrnoName, FsError } from '../../lib/errors.js';

/**
 * What to do after a failure. again: it may heal by itself, and soon. login: when a person has logged in again.
 * full: when somebody has made room in the cloud. never: until a person decides otherwise.
 */
export type Verdict = 'again' | 'login' | 'full' | 'never';

const NEVER: ReadonlySet<ErrnoName> = new Set([
  ...([
    'EACCES',
    'EEXIST',
    'EFBIG',
    'EINVAL',
    'EISDIR',
    'ENAMETOOLONG',
    'ENODATA',
    'ENOENT',
    'ENOTDIR',
  ] as const),
  ...(['ENOTEMPTY', 'EOPNOTSUPP', 'EPERM', 'EROFS', 'ESTALE'] as const),
]);

export function verdictOn(error: FsError): Verdict {
  if (error.reason === 'login') return 'login';
  if (error.reason === 'network' || error.reason === 'throttle') return 'again';
  // The disk of this machine gets room again without anybody saying so.
  if (error.errno === 'ENOSPC' || error.errno === 'EDQUOT')
    return error.reason === 'refused' ? 'full' : 'again';
  if (error.reason === 'refused' || error.reason === 'gone') return 'never';
  return NEVER.has(error.errno) ? 'never' : 'again';
}
