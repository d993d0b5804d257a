import type { DriverFacts } from '../driver/driver.js';
import { FsError } from '../lib/errors.js';
import { shownName, storedName } from '../metadata/name-mapping.js';

/**
 * The cloud's name for one that a program typed, such that the program sees again what it typed. Throws EINVAL when
 * there is none, ENAMETOOLONG when it would be longer than the cloud allows.
 */
export function cloudNameFor(
  typed: string,
  { forbiddenCharacters, nameBytes }: Pick<DriverFacts, 'forbiddenCharacters' | 'nameBytes'>,
): string {
  const name = storedName(typed, forbiddenCharacters);
  if (shownName(name, forbiddenCharacters) !== typed) {
    throw new FsError('EINVAL', `${typed}: a name with ‛ in this place cannot be kept`, {
      expected: true,
    });
  }
  if (Buffer.byteLength(name) > nameBytes) {
    throw new FsError('ENAMETOOLONG', `${typed}: the cloud takes names of at most ${nameBytes} bytes`, {
      expected: true,
    });
  }
  return name;
}
