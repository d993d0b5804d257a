import type { Call } from '../../lib/call.js';
import type { MadeRow } from '../../lib/copy-protocol.js';
import { FsError } from '../../lib/errors.js';
import { type Node, pathOf } from '../../metadata/node.js';
import type { DriveSource } from '../../rapid/drive-source.js';
import { nodeAt, type WritableDrive } from './place.js';

/** Outcomes after which the target has what the source has. */
export const CONFIRMED: readonly MadeRow['outcome'][] = ['known', 'uploaded', 'there'];

/**
 * Puts a file into the recycle bin whose bytes are elsewhere now. Rejects with FsError ESTALE, and leaves it, when something
 * was written there meanwhile: nobody else has those bytes.
 */
export async function removeSource(
  drive: WritableDrive,
  { entry, from }: Pick<DriveSource, 'entry' | 'from'>,
  call: Call,
): Promise<void> {
  const path = from.slice(drive.name.length + 1);
  const node = await nodeAt({ drive, path }, call);
  if (node === null) return;
  if (node.entry.id !== entry.id || drive.writes.local(entry.id) !== null) {
    const words = `${from} was changed meanwhile: it stays, and the target has what it was before`;
    throw new FsError('ESTALE', words, { expected: true });
  }
  await drive.writes.remove(entry, path, call);
}

/** The directories below `top`, and itself, go when all that was in them went and nothing came. */
export async function clearDirectories(
  drive: WritableDrive | null,
  top: Node,
  rows: readonly MadeRow[],
  call: Call,
): Promise<void> {
  if (drive === null || top.kind === 'file' || top.parent === null) return;
  if (rows.some(({ outcome }) => !CONFIRMED.includes(outcome))) return;
  await clearDirectory(drive, pathOf(top), call);
}

async function clearDirectory(drive: WritableDrive, path: string, call: Call): Promise<void> {
  const node = await nodeAt({ drive, path }, call);
  if (node?.kind !== 'directory') return;
  const children = await drive.tree.list(node, call);
  for (const child of children)
    if (child.kind === 'directory') await clearDirectory(drive, pathOf(child), call);
  try {
    await drive.writes.removeDirectory(node.entry, path, call);
  } catch (error) {
    // Somebody has put something there meanwhile: it stays.
    if (!(error instanceof FsError) || error.errno !== 'ENOTEMPTY') throw error;
  }
}
