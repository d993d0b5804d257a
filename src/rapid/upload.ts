import type { Call } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import type { LocalFile, Place } from '../upload/drive-writes.js';
import type { TargetDrive } from './target-folder.js';

/** How often it is looked whether the cloud has a file. */
const PAUSE = 500;

type Bytes = AsyncIterable<Uint8Array>;

/**
 * Puts bytes where a program would have written them: when it resolves they are safe on this machine and on their way to
 * the cloud. Rejects as the writing does; nothing is left then.
 */
export async function enqueue(
  { writes }: Pick<TargetDrive, 'writes'>,
  place: Place,
  bytes: Bytes,
  onWritten: (bytes: number) => void,
  call: Call,
): Promise<LocalFile> {
  const file = await writes.create(place, call);
  file.retain();
  try {
    for await (const piece of bytes) {
      await file.write(null, piece, call);
      onWritten(piece.length);
    }
    await file.flush(call);
    return file;
  } catch (error) {
    await giveUp(writes, file, place);
    throw error;
  } finally {
    file.release();
  }
}

/** Resolves when the cloud has it. Rejects with FsError when it never will, with the signal's reason on abort. */
export async function uploaded(
  clock: Clock,
  { writes }: Pick<TargetDrive, 'writes'>,
  file: LocalFile,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  while (isLocalId(file.id)) {
    const row = writes.transfers.status().files.find(({ id }) => id === file.id);
    if (row === undefined && isLocalId(file.id)) throw new FsError('EIO', 'it was removed meanwhile');
    if (row?.state === 'failed') throw new FsError('EIO', row.reason ?? 'its upload failed');
    if (row?.state === 'local')
      throw new FsError('EPERM', 'files of this kind stay on this machine', { expected: true });
    onSent(row?.sent ?? 0);
    await clock.sleep(PAUSE, signal);
  }
}

async function giveUp(writes: TargetDrive['writes'], file: LocalFile, place: Place): Promise<void> {
  const { directory, name, path } = place;
  const fields = { parentId: directory.id, name, size: file.size, hash: null, attributes: {} };
  const times = { modifiedAt: file.modifiedAt, createdAt: file.modifiedAt };
  const signal = new AbortController().signal;
  await writes.remove({ kind: 'file', id: file.id, ...fields, ...times }, path, {
    signal,
    urgency: 'background',
  });
}
