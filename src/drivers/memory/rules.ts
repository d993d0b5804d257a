import { FsError } from '../../lib/errors.js';
import type { MemorySettings } from './options.js';

/** Bytes of UTF-8 that a new name may have. */
export const NAME_BYTES = 255;

/** What a memory cloud demands of those who change it. */
export class MemoryRules {
  readonly #settings: MemorySettings;

  constructor(settings: MemorySettings) {
    this.#settings = settings;
  }

  /** What the cloud makes of a new name. Throws EINVAL when it refuses the name, ENAMETOOLONG. */
  newName(name: string): string {
    const forbidden = Array.from(this.#settings.forbiddenCharacters).find((one) => name.includes(one));
    if (name === '' || forbidden !== undefined) {
      const what = forbidden === undefined ? 'an empty name' : `the character ${forbidden} in names`;
      throw new FsError('EINVAL', `${name}: the cloud refuses ${what}`, { reason: 'refused' });
    }
    if (Buffer.byteLength(name) > NAME_BYTES) {
      throw new FsError('ENAMETOOLONG', `${name}: longer than ${NAME_BYTES} bytes`, { reason: 'refused' });
    }
    return this.#settings.amendName(name);
  }

  /** Throws EINVAL when one call takes fewer entries. */
  batch(count: number): void {
    const { batch } = this.#settings;
    if (count <= batch) return;
    throw new FsError('EINVAL', `${count} entries in one call, at most ${batch}`, { reason: 'refused' });
  }

  /** Throws EFBIG, or EINVAL for an empty file where none is taken. */
  newFile(name: string, size: number): void {
    const { largestFile, emptyFiles } = this.#settings;
    if (size === 0 && !emptyFiles) {
      throw new FsError('EINVAL', `${name}: the cloud takes no empty files`, { reason: 'refused' });
    }
    if (largestFile !== null && size > largestFile) {
      throw new FsError('EFBIG', `${name}: larger than ${largestFile} bytes`, { reason: 'refused' });
    }
  }
}
