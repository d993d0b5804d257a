import type { FileHandle } from 'node:fs/promises';
import { FsError } from '../../lib/errors.js';

/** Reads from a place on until the target is full or the file ends; answers how many bytes there were. Rejects as the file does. */
export async function readFully(file: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Writes all bytes, and tells in `progress` how far it came. Rejects as the file does, EIO when it takes nothing. */
export async function writeFully(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
  progress: { written: number } = { written: 0 },
): Promise<void> {
  while (progress.written < bytes.length) {
    const { written } = progress;
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new FsError('EIO', 'a write to the spool wrote nothing');
    progress.written += bytesWritten;
  }
}
