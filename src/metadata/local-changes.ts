import type { Entry } from '../driver/entry.js';

/**
 * What was changed here and the cloud does not know, or list, yet: shown at once, and whatever the cloud lists
 * meanwhile. What is called together, without waiting in between, becomes visible together. Ids of directories and
 * entries may be old local ones. After a restart whoever keeps the journal repeats what is not settled, before
 * anybody looks: only rows on disk need be known by then, and no directory's time is touched. Rejects with FsError.
 */
export interface LocalChanges {
  /**
   * Shows a new entry under `entry.parentId`, before all others of its name. Repeating it with the same id updates the
   * entry. EINVAL when a directory would come to stand below itself.
   */
  add(entry: Entry): Promise<void>;
  /** Other attributes (size, times, hash) of an entry that is shown; its place and name stay. Nothing for an unknown one. */
  update(entry: Entry): Promise<void>;
  /**
   * Shows an entry elsewhere or under another cloud name; a directory keeps what is in it, at any depth, without a
   * call. ENOENT when no entry is shown under that id (`add` it then), EINVAL when a directory would come to stand
   * below itself.
   */
  move(id: string, parentId: string, name: string): Promise<void>;
  /** Shows an entry no longer; what the cloud lists of it is left out. */
  hide(id: string): Promise<void>;
  /** The cloud refused to remove or move it: shows it again as this. */
  reveal(entry: Entry): Promise<void>;
  /**
   * The cloud has done what was asked for this id. A listing that is begun later than the cloud's listing lag after
   * this decides again; until then what is shown stays. With `entry` the cloud's takes the place of the local one:
   * path, times and attributes stay, a directory keeps what is in it.
   */
  settle(id: string, entry?: Entry): Promise<void>;
  /** The entry that is shown under an id now; null when none is. */
  entry(id: string): Entry | null | Promise<Entry | null>;
  /** Resolves when everything asked for so far is shown. */
  idle(): Promise<void>;
}
