import type { FileEntry } from '../../driver/entry.js';
import type { Call } from '../../lib/call.js';
import type { BaseContent } from '../drive-writes.js';

/** What whoever uploads the spool files is told, and asked. */
export interface SpoolHooks {
  /** A closed file is about to change: what reads it must end now. Its generation is void when this returns. */
  onDirty(id: string): void;
  /** It was closed, and its row says so. Resolves when close(2) may answer. */
  onClosed(id: string, call: Call): Promise<void>;
  /** Nobody has it open for writing any more. */
  onReleased(id: string): void;
  /** The bytes of a file of the cloud, to be fetched into a spool file after a restart. */
  openBase(entry: FileEntry): BaseContent;
}
