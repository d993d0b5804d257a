import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import { isLocalId } from '../../lib/local-id.js';
import { type Node, pathOf } from '../../metadata/node.js';
import type { OpenDrive } from '../drives.js';
import { type MakingPlace, writable } from './place.js';

/** Something of an account that is to come to another place in the same account. */
export interface ServerSideWork {
  readonly source: { readonly drive: OpenDrive; readonly node: Node };
  readonly place: MakingPlace;
  /** Its path below the folder of the place. */
  readonly relative: string;
}

/**
 * Lets the cloud copy a file, or a folder with all that is in it; null when it cannot. Rejects with FsError: EEXIST, EINVAL,
 * EAGAIN when not all of it is in the cloud, or as DriveWrites.copy does.
 */
export async function copyInAccount(work: ServerSideWork, call: Call): Promise<'copied' | 'there' | null> {
  const { source, place, relative } = work;
  if (await isThere(work, call)) return 'there';
  if (source.drive.source.driver.copy === undefined) return null;
  requireSent(work);
  const target = await place.folder.place(relative, call);
  return (await place.drive.writes.copy(source.node.entry, target, call)) ? 'copied' : null;
}

/** Moves or renames; no byte goes anywhere. Null when it cannot be done so. Rejects as `copyInAccount` does. */
export async function moveInAccount(work: ServerSideWork, call: Call): Promise<'moved' | null> {
  const { source, place, relative } = work;
  if (await isThere(work, call)) throw occupied(work);
  const target = await place.folder.place(relative, call);
  if (source.drive.name === place.drive.name) {
    await place.drive.writes.move(source.node.entry, target, null, call);
    return 'moved';
  }
  requireSent(work);
  const from = writable(source.drive);
  const { write } = place.drive.source.driver;
  if (write === undefined) return null;
  const { entry } = source.node;
  await write.move([entry], target.directory, call);
  const arrived = { ...entry, parentId: target.directory.id };
  await from.writes.left(entry);
  await place.drive.writes.arrived(arrived, target);
  return 'moved';
}

/** Whether an equal file has the place already. EEXIST when something else has, EINVAL when it is below the source. */
async function isThere({ source, place, relative }: ServerSideWork, call: Call): Promise<boolean> {
  const from = pathOf(source.node);
  const to = place.folder.shown(relative).slice(place.drive.name.length + 1);
  if (source.drive.name === place.drive.name && to.startsWith(`${from}/`)) {
    throw new FsError('EINVAL', `${from} cannot come to lie below itself`, { expected: true });
  }
  const there = await place.folder.occupant(relative, call);
  if (there === null) return false;
  const { entry } = source.node;
  const isEqual =
    there.kind === 'file' &&
    entry.kind === 'file' &&
    there.entry.id !== entry.id &&
    there.entry.size === entry.size &&
    there.entry.hash !== null &&
    there.entry.hash.value === entry.hash?.value;
  if (isEqual) return true;
  throw occupied({ source, place, relative });
}

/** The cloud would leave out what it does not have. */
function requireSent({ source: { drive, node } }: ServerSideWork): void {
  const path = pathOf(node);
  const status = drive.writes?.transfers.status();
  const owed = [...(status?.files ?? []), ...(status?.changes.waiting ?? [])];
  const isOwed = owed.some((one) => one.path === path || one.path.startsWith(`${path}/`));
  if (!isOwed && !isLocalId(node.entry.id)) return;
  const words = `${drive.name}:${path}: not all of it is in the cloud yet: panfuse transfers --wait`;
  throw new FsError('EAGAIN', words, { expected: true });
}

function occupied({ place, relative }: ServerSideWork): FsError {
  return new FsError('EEXIST', `${place.folder.shown(relative)} is there already`, { expected: true });
}
