import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import type { Clock } from '../../lib/env.js';
import type { Node } from '../../metadata/node.js';
import type { Writes } from '../../upload/writes.js';
import { TargetFolder } from '../../rapid/target-folder.js';
import type { OpenDrive } from '../drives.js';
import { type Located, type Locators, locatePlace } from '../place-names.js';

/** A drive that can be written to. */
export interface WritableDrive extends OpenDrive {
  readonly writes: Writes;
}

/** Where things are to be made. */
export interface MakingPlace {
  readonly drive: WritableDrive;
  readonly folder: TargetFolder;
  /** What the only source is called there; null when each keeps its own name. */
  readonly name: string | null;
}

/**
 * What `to` means as cp(1) has it: a folder that is there, or the new name of the only source in one. Rejects with FsError:
 * ENOENT, ENOTDIR, EROFS, or as the drive's start does.
 */
export async function makingPlace(
  clock: Clock,
  to: string,
  isOnly: boolean,
  locators: Locators<OpenDrive>,
  call: Call,
): Promise<MakingPlace> {
  const located = await locatePlace(to, locators, call);
  const drive = writable(located.drive);
  const path = plain(located.path);
  const there = await nodeAt(located, call);
  if (there?.kind === 'directory') return { drive, folder: new TargetFolder(clock, drive, path), name: null };
  if (!isOnly || /\/$/.test(to) || path === '/') {
    const words = there === null ? 'no such folder' : 'is a file, not a folder';
    throw new FsError(there === null ? 'ENOENT' : 'ENOTDIR', `${to}: ${words}`, { expected: true });
  }
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  const above = await nodeAt({ drive, path: parent }, call);
  if (above?.kind !== 'directory')
    throw new FsError('ENOENT', `${to}: there is no folder ${drive.name}:${parent}`, { expected: true });
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { drive, folder: new TargetFolder(clock, drive, parent), name };
}

/** What is there; null when nothing is. */
export async function nodeAt({ drive, path }: Located<OpenDrive>, call: Call): Promise<Node | null> {
  try {
    return await drive.tree.resolve(path, call);
  } catch (error) {
    if (error instanceof FsError && error.errno === 'ENOENT') return null;
    throw error;
  }
}

/** Throws FsError EROFS when nothing can be written to it. */
export function writable(drive: OpenDrive): WritableDrive {
  const { writes } = drive;
  if (writes !== null) return { ...drive, writes };
  throw new FsError('EROFS', `${drive.name} cannot be written to`, { reason: 'refused', expected: true });
}

function plain(path: string): string {
  return path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
}
