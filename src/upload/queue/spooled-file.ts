import type { Call } from '../../lib/call.js';
import type { ByteRange } from '../../lib/range.js';
import type { BaseContent, LocalFile } from '../drive-writes.js';
import type { NewFile } from '../journal/rows.js';

/** What the queue uses of a spool file. */
export interface SpooledFile extends LocalFile {
  /** Whether a program has it open for writing. */
  readonly held: boolean;
  /** Grows whenever a closed file is changed. */
  readonly generation: number;
  /** The cloud has it: the tree shows it under this id now. */
  become(id: string): void;
  /** Fetches what is missing of its base. */
  complete(call: Call): Promise<void>;
  /** It counts as closed with the bytes that it has now. */
  accept(call: Call): Promise<void>;
}

/** The bytes of a closed file, as long as nobody writes to it. */
export interface SpooledContent {
  readonly size: number;
  readonly generation: number;
  readonly path: string;
  /** False once somebody has written to the file, or removed it. */
  readonly unchanged: boolean;
  /** Rejects with FsError ESTALE when they were changed. */
  read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array>;
}

/** What the queue uses of a drive's spool. */
export interface UploadSpool {
  /** Bytes. */
  readonly used: number;
  /** A new file and its row; with a base, its bytes. */
  create(file: NewFile, base: BaseContent | null): Promise<SpooledFile>;
  /** Null when there is none of this id. */
  open(id: string): SpooledFile | null;
  /** Of a closed and complete file, checked: when it is damaged rejects, and its row says `failed`. */
  contentOf(id: string): Promise<SpooledContent>;
  /** `forget` removes the row, then the bytes go; handles keep them. When it rejects nothing has happened. */
  drop(id: string, forget: () => Promise<void>): Promise<void>;
}
