import type { Space } from '../driver/driver.js';
import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import type { VfsDrive } from './drive.js';

/** Files of so few bytes are written without a look at the space of the account. */
const SMALL = 16 * 1024 * 1024;
/** So old may be what a write is refused for, in milliseconds: somebody may have made room. */
const RECENT = 60_000;

/**
 * Whether a file of a drive may become so large. Rejects with EFBIG above what the account, or a number here, can hold,
 * and with EDQUOT when the account has less space free. Space that is not known is no limit: nobody waits for it.
 */
export async function requireRoom(drive: VfsDrive, path: string, size: number, call: Call): Promise<void> {
  const largest = drive.writes?.largestFile ?? Number.MAX_SAFE_INTEGER;
  if (size > largest) {
    throw new FsError('EFBIG', `${path}: files may have at most ${largest} bytes here`, {
      reason: 'refused',
    });
  }
  if (size <= SMALL) return;
  const known = drive.tree.knownSpace();
  if (known === null) drive.tree.expectSpace();
  if (isEnough(known, size) || isEnough(await drive.tree.space(call, RECENT), size)) return;
  throw new FsError('EDQUOT', `${path}: the account has less than ${size} bytes free`, { reason: 'refused' });
}

function isEnough(space: Space | null, size: number): boolean {
  return space === null || size <= space.total - space.used;
}
