import { FsError } from '../../lib/errors.js';

/** What of a file is needed to write to it; as node's FileHandle. */
export interface VectorWriter {
  /** Writes some of the bytes, perhaps not all. */
  writev(buffers: readonly Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }>;
}

/** Writes buffers one behind the other, however many calls that takes. Rejects as the file does. */
export async function writeAll(
  file: VectorWriter,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, at);
    if (bytesWritten === 0) throw new FsError('EIO', 'a write to the cache wrote nothing');
    at += bytesWritten;
    rest = skip(rest, bytesWritten);
  }
}

function skip(buffers: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  return buffers.flatMap((buffer) => {
    const skipped = Math.min(left, buffer.length);
    left -= skipped;
    return skipped === buffer.length ? [] : [buffer.subarray(skipped)];
  });
}
