import type { DirectoryEntry, Entry, FileEntry } from '../../../driver/entry.js';
import type { Call } from '../../../lib/call.js';
import type { Announcement } from '../api-upload.js';
import { lookUntilListed } from '../visibility.js';
import type { WriteParts } from '../write-parts.js';

/** A file that an upload has made, or not. */
export interface Sought {
  readonly file: Announcement;
  /** When the upload began, by the cloud's clock: what is older was there before. */
  readonly begunAt: number;
  /** Of the upload, where it has one: the file gets it too. */
  readonly pickCode: string | null;
}

/** Fronts of the cloud need not agree on the time. */
const CLOCK_MARGIN = 5000;

/** Finds out what became of an upload whose last answer was lost. */
export class MadeFiles {
  readonly #parts: WriteParts;
  readonly #directory: DirectoryEntry;

  constructor(parts: WriteParts, directory: DirectoryEntry) {
    this.#parts = parts;
    this.#directory = directory;
  }

  /**
   * The file; null when it was not made. Looks until a file that was made at `lostAt` (milliseconds since the epoch, by
   * the clock here) would be listed.
   */
  async find(sought: Sought, lostAt: number, call: Call): Promise<FileEntry | null> {
    const { env, listingLag } = this.#parts;
    return await lookUntilListed(env.clock, listingLag, lostAt, call.signal, () => this.look(sought, call));
  }

  /** As `find`, but looks only once. */
  async look(sought: Sought, call: Call): Promise<FileEntry | null> {
    const { folders, recent } = this.#parts;
    const isIt = (entry: Entry): boolean => !recent.has(entry.id) && isMadeBy(entry, sought);
    const [found] = await folders.matching(this.#directory.id, isIt, call);
    return found?.kind === 'file' ? found : null;
  }
}

/** Whether an entry is what this upload made; never one of the same bytes and name that was there before. */
export function isMadeBy(entry: Entry, { file, begunAt, pickCode }: Sought): boolean {
  if (entry.kind !== 'file' || entry.size !== file.size || entry.hash?.value !== file.sha1) return false;
  if (pickCode !== null && entry.attributes['pickcode'] === pickCode) return true;
  const since = Math.floor(begunAt / 1000) * 1000 - CLOCK_MARGIN;
  return entry.name === file.name && entry.createdAt >= since;
}
