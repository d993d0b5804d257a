import type { Call } from '../../lib/call.js';
import { FsError, toFsError } from '../../lib/errors.js';
import { type ByteRange, rangeLength } from '../../lib/range.js';
import type { BaseContent } from '../drive-writes.js';
import type { RangeSet } from './range-set.js';

const MIB = 1024 * 1024;
/** Bytes that are fetched at once. */
const PIECE = 4 * MIB;
/** So few bytes that are here already are fetched again rather than asked around. */
const ISLAND = 128 * 1024;
/** Bytes after which what was fetched is made sure of. */
const SAVE_BYTES = 64 * MIB;

/** What of a spool file fetching needs. */
export interface Incomplete {
  readonly missing: RangeSet;
  /** Adds bytes where they are still missing. */
  fill(range: ByteRange, bytes: Uint8Array): Promise<void>;
  /** Makes sure of what was added. */
  save(): Promise<void>;
}

/** The bytes of a file of the cloud while some of them are missing here: opened when they are needed. */
export class Base {
  readonly #open: () => BaseContent;
  #content: BaseContent | null;

  /** `content`: open already. */
  constructor(open: () => BaseContent, content: BaseContent | null) {
    this.#open = open;
    this.#content = content;
  }

  /** Exactly the bytes of a range. Rejects as the cloud does, with FsError EIO when it gives another number of bytes. */
  async read(range: ByteRange, call: Call): Promise<Uint8Array> {
    this.#content ??= this.#open();
    const bytes = await this.#content.read(range, call);
    if (bytes.length === rangeLength(range)) return bytes;
    throw new FsError('EIO', `the cloud gave ${bytes.length} bytes in place of ${rangeLength(range)}`);
  }

  /** Replaces the missing pieces of what was read from `start` on. */
  async overlay(bytes: Uint8Array, start: number, pieces: readonly ByteRange[], call: Call): Promise<void> {
    const fill = async (piece: ByteRange): Promise<void> => {
      const fetched = await this.read(piece, call);
      const room = start + bytes.length - piece.start;
      // Less was read when the file was cut meanwhile.
      if (room > 0) bytes.set(fetched.subarray(0, room), piece.start - start);
    };
    await Promise.all(pieces.map(fill));
  }

  /** It may be opened again. */
  close(): void {
    this.#content?.close();
    this.#content = null;
  }
}

/** Fetches all that is missing. What was saved before a rejection need not be fetched again. */
export async function fetchMissing(file: Incomplete, base: Base, call: Call): Promise<void> {
  let unsaved = 0;
  for (let piece = nextPiece(file.missing); piece !== null; piece = nextPiece(file.missing)) {
    call.signal.throwIfAborted();
    await file.fill(piece, await base.read(piece, call));
    unsaved += rangeLength(piece);
    if (unsaved < SAVE_BYTES) continue;
    await file.save();
    unsaved = 0;
  }
  await file.save();
}

/** Whether the bytes can never be fetched. */
export function isGone(error: unknown): boolean {
  const { errno, reason } = toFsError(error);
  return reason === 'gone' || errno === 'ESTALE' || errno === 'ENOENT';
}

/** The first bytes that are missing, small islands of what is here included; null when none is. */
export function nextPiece(missing: RangeSet): ByteRange | null {
  const { first } = missing;
  if (first === null) return null;
  const limit = first.start + PIECE;
  let end = Math.min(first.end, limit);
  for (const range of missing.within({ start: first.start, end: limit })) {
    if (range.start - end > ISLAND) break;
    end = range.end;
  }
  return { start: first.start, end };
}
