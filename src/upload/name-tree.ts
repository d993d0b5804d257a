import type { Entry } from '../driver/entry.js';

/**
 * The names that programs see, as far as writing changes them. What was added, moved or hidden and not settled stays
 * so, whatever the cloud lists. Every method rejects with FsError only.
 */
export interface NameTree {
  /** Shows a new entry at once, under entry.parentId (may be local itself). Repeating it with the same id updates the entry. */
  add(entry: Entry): Promise<void>;
  /** Other attributes (size, times, hash) of an entry that is shown. */
  update(entry: Entry): Promise<void>;
  /** Shows an entry elsewhere or under another cloud name; a directory keeps what is in it. */
  move(id: string, parentId: string, name: string): Promise<void>;
  /** Shows an entry no longer; what the cloud lists of it is left out. */
  hide(id: string): Promise<void>;
  /** The cloud refused to remove or move it: shows it again as this. */
  reveal(entry: Entry): Promise<void>;
  /**
   * The cloud has done what was asked for this id: listings that begin later than its lag decide from then on. With
   * `entry`: it takes the place of the local one, whose id is used no more; a directory keeps its children.
   */
  settle(id: string, entry?: Entry): Promise<void>;
  /** The entry that is shown under an id now; null when none is. */
  entry(id: string): Entry | null | Promise<Entry | null>;
}
