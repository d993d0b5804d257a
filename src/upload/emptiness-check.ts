import type { Driver } from '../driver/driver.js';
import type { DirectoryEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import type { OwedChanges } from './changes/owed-changes.js';
import type { UploadFiles } from './queue/upload-files.js';

/** Whether directories may be removed. */
export class EmptinessCheck {
  readonly #driver: Driver;
  readonly #owed: OwedChanges;
  readonly #files: UploadFiles;

  constructor(driver: Driver, owed: OwedChanges, files: UploadFiles) {
    this.#driver = driver;
    this.#owed = owed;
    this.#files = files;
  }

  /** Throws ENOTEMPTY when something that is only here, or on its way, shall be in the directory. */
  requireNothingComing(directoryId: string, path: string): void {
    const coming = this.#owed.list.into(directoryId)[Symbol.iterator]().next();
    if (coming.done !== true || this.#files.showIn(directoryId)) throw notEmpty(path);
  }

  /** Asks the cloud. Rejects with ENOTEMPTY when it has anything there that is not known to be going. */
  async requireEmptyInCloud(directory: DirectoryEntry, path: string, call: Call): Promise<void> {
    for await (const page of this.#driver.list(directory, call)) {
      for (const entry of page) {
        if (!this.#owed.isLeaving(entry.id, directory.id) && !this.#files.replaces(entry)) {
          throw notEmpty(path);
        }
      }
    }
  }
}

function notEmpty(path: string): FsError {
  return new FsError('ENOTEMPTY', `${path}: the directory is not empty`, { expected: true });
}
