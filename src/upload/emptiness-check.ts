import type { Driver } from '../driver/driver.js';
import type { DirectoryEntry, Entry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import type { OwedChanges } from './changes/owed-changes.js';
import type { UploadFiles } from './queue/upload-files.js';
import type { LocalTrash } from './trash/local-trash.js';

export interface EmptinessParts {
  readonly owed: OwedChanges;
  readonly files: UploadFiles;
  readonly trash: LocalTrash;
}

/** Whether directories may be removed. */
export class EmptinessCheck {
  readonly #driver: Driver;
  readonly #owed: OwedChanges;
  readonly #files: UploadFiles;
  readonly #trash: LocalTrash;

  constructor(driver: Driver, { owed, files, trash }: EmptinessParts) {
    this.#driver = driver;
    this.#owed = owed;
    this.#files = files;
    this.#trash = trash;
  }

  /** Throws ENOTEMPTY when something that is only here, or on its way, shall be in the directory. */
  requireNothingComing(directoryId: string, path: string): void {
    if (this.#files.showIn(directoryId) || !this.#trash.isEmpty(directoryId)) throw notEmpty(path);
    for (const { entry } of this.#owed.list.into(directoryId)) {
      // What a file takes the place of is shown nowhere.
      if (!this.#files.replaces(entry)) throw notEmpty(path);
    }
  }

  /** Asks the cloud. Rejects with ENOTEMPTY when it has anything there that is not known to be going. */
  async requireEmptyInCloud(directory: DirectoryEntry, path: string, call: Call): Promise<void> {
    for await (const page of this.#driver.list(directory, call)) {
      for (const entry of page) {
        if (!this.#isGoing(entry, directory)) throw notEmpty(path);
      }
    }
  }

  #isGoing(entry: Entry, { id }: DirectoryEntry): boolean {
    if (this.#owed.isLeaving(entry, id)) return true;
    return this.#files.replaces(entry) || this.#files.isUnwanted(entry);
  }
}

function notEmpty(path: string): FsError {
  return new FsError('ENOTEMPTY', `${path}: the directory is not empty`, { expected: true });
}
