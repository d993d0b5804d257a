import type { KnownHashes } from '../driver/writer.js';
import type { Call } from '../lib/call.js';
import type { ByteRange } from '../lib/range.js';

/** What clouds call the head of a file. */
export const HEAD = 128 * 1024;

/** A file that is to be made elsewhere, wherever its bytes are. Methods reject with FsError, or the signal's reason. */
export interface SourceFile {
  /** For people: a path of this machine, of a drive, or the name in a list. */
  readonly from: string;
  /** Below the folder that was named, with its own name: `Show/S01/a.mkv`. */
  readonly path: string;
  readonly size: number;
  /** As many as can be had without fetching a byte; `onHashed` hears of bytes that were read here. */
  hashes(signal: AbortSignal, onHashed: (bytes: number) => void): Promise<KnownHashes>;
  /** Exactly these bytes: no others are fetched. */
  read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array>;
  /** All bytes from the first to the last; null when only parts of them, or none, can be had. */
  readonly stream: ((call: Call) => AsyncIterable<Uint8Array>) | null;
  /** Whether `read` can be expected to answer. */
  readonly isReadable: boolean;
}

/** What a folder holds. */
export type SourceEntry =
  | { readonly kind: 'file'; readonly file: SourceFile }
  | { readonly kind: 'directory'; readonly from: string; readonly path: string }
  /** It cannot be made elsewhere. */
  | { readonly kind: 'other'; readonly from: string; readonly path: string; readonly why: string };
