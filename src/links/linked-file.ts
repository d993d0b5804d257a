import type { Call } from '../lib/call.js';
import type { Target } from './target.js';

/** A link that somebody outside fetches. */
export interface HandedLink {
  readonly url: string;
  /** Headers that each of its requests must carry. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Who asks for a file. */
export interface Player {
  readonly userAgent: string;
  /** Of the network. */
  readonly address: string;
}

/** The bytes of a file, opened. */
export interface FileBytes {
  /** The bytes from `position`, fewer only at the end. Rejects with FsError, or with the abort's reason. */
  read(position: number, length: number, call: Call): Promise<Uint8Array>;
  close(): void;
}

/** A file as it is shown now. */
export interface LinkedFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /**
   * A link that is bound to the player's User-Agent; null where the cloud has no bytes to link to. Rejects with FsError,
   * or with the abort's reason.
   */
  handOut(player: Player, call: Call): Promise<HandedLink | null>;
  /** Asks nothing: what is wrong with it shows at the first read. */
  open(): FileBytes;
}

/** Where files are found. */
export interface LinkedFiles {
  /** Rejects with FsError: ENOENT, ENOTDIR, EISDIR, or as the cloud does; with the abort's reason. */
  find(target: Target, call: Call): Promise<LinkedFile>;
}
