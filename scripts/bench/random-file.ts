import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { MIB } from './library.js';

/** Writes random bytes to a new file, which no cloud knows; answers their SHA-1 in upper case. */
export function makeRandomFile(path: string, bytes: number): string {
  const hash = createHash('sha1');
  const piece = Buffer.alloc(MIB);
  const file = openSync(path, 'w');
  try {
    for (let done = 0; done < bytes; done += piece.length) {
      const part = randomFillSync(piece).subarray(0, Math.min(piece.length, bytes - done));
      hash.update(part);
      writeSync(file, part);
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex').toUpperCase();
}
