import { createHash } from 'node:crypto';
import { expectedBytes } from '../../../clouds/house/content.js';
import { HeldFile } from '../held-file.js';
import type { FileVersion } from './soak-files.js';

const MIB = 2 ** 20;
const PIECE = 16 * MIB;
/** Of a larger file only some pieces are read. */
const READ_WHOLE = 256 * MIB;
const SOME = 8;

export interface ReadAgain {
  /** Bytes that were right. */
  readonly right: number;
  readonly wrong: readonly string[];
}

/** Reads a file again, the largest only at some places, and compares. */
export async function readAgain(path: string, { seed, size }: FileVersion): Promise<ReadAgain> {
  const file = await HeldFile.open(path);
  const wrong: string[] = [];
  let right = 0;
  try {
    for (const position of piecesOf(size)) {
      const length = Math.min(PIECE, size - position);
      const wanted = await expectedBytes({ kind: 'seeded', seed }, position, length);
      const read = await file.read(position, PIECE);
      const same = read.sha1 === createHash('sha1').update(wanted).digest('hex');
      if (same && read.errno === null) right += length;
      else wrong.push(`${path} at ${position}: ${read.errno ?? 'other bytes'}, ${read.length} of ${length}`);
    }
  } finally {
    await file.close();
  }
  return { right, wrong };
}

function piecesOf(size: number): readonly number[] {
  const all = Array.from({ length: Math.max(1, Math.ceil(size / PIECE)) }, (_none, piece) => piece * PIECE);
  if (size <= READ_WHOLE) return all;
  const step = Math.ceil(all.length / SOME);
  return all.filter((_position, piece) => piece % step === 0 || piece === all.length - 1);
}
