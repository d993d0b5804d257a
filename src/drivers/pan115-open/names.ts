import { FsError } from '../../lib/errors.js';

/** The longest name in bytes of UTF-8 (115-open.md §10, §17.8): the cloud cuts longer ones without a word. */
export const NAME_BYTES = 255;

/** Characters that the cloud refuses in the names of folders and in new names (§9). */
export const FORBIDDEN_CHARACTERS = '"<>';

/** Throws FsError EINVAL or ENAMETOOLONG for a name that 115 refuses, or would change in silence. */
export function checkName(name: string): void {
  if (Buffer.byteLength(name) > NAME_BYTES) {
    throw refused('ENAMETOOLONG', `the name is longer than ${NAME_BYTES} bytes: ${name}`);
  }
  if (name === '') throw refused('EINVAL', 'the name is empty');
  const forbidden = FORBIDDEN_CHARACTERS.split('');
  if (forbidden.some((character) => name.includes(character))) {
    throw refused('EINVAL', `the name holds one of ${forbidden.join(' ')}: ${name}`);
  }
}

function refused(errno: 'EINVAL' | 'ENAMETOOLONG', words: string): FsError {
  return new FsError(errno, `115 Open: ${words}`, { reason: 'refused' });
}
