import type { OwedChanges } from './changes/owed-changes.js';
import { samePlace } from './changes/named-place.js';
import type { Step, UploadJournal } from './ledger.js';
import type { ChangeRow, FileRow } from './journal/rows.js';
import type { NameTree } from './name-tree.js';
import { QueuedFile } from './queue/queued-file.js';
import type { UploadSpool } from './queue/spooled-file.js';
import type { UploadFiles } from './queue/upload-files.js';
import type { LocalTrash } from './trash/local-trash.js';
import { FsError } from '../lib/errors.js';

export interface ReplayParts {
  readonly drive: string;
  readonly journal: UploadJournal;
  readonly tree: NameTree;
  readonly owed: OwedChanges;
  readonly files: UploadFiles;
  readonly spool: UploadSpool;
  readonly trash: LocalTrash;
}

/** Takes over what an earlier run owed: programs see it again. Needs no cloud. Answers the drafts. */
export async function replay(parts: ReplayParts): Promise<readonly FileRow[]> {
  const { drive, journal, tree, owed, files, spool, trash } = parts;
  for (const row of await journal.changes(drive)) {
    owed.restore(row);
    await showChange(parts, row);
  }
  for (const row of await journal.trash(drive)) {
    trash.restore(row);
    await tree.add(row.shown);
  }
  const drafts: FileRow[] = [];
  for (const row of await journal.files(drive)) {
    const spooled = spool.open(row.id);
    if (row.state === 'writing') drafts.push(row);
    if (spooled === null || row.state === 'writing') continue;
    const file = new QueuedFile(spooled, row);
    files.add(file);
    if (!file.removed) await showFile(tree, file);
  }
  await trash.learn();
  return drafts;
}

/**
 * A file was being changed when the process ended. One of the cloud takes, with its bytes as they were, the place that
 * the changed ones had, and what they replaced there goes; what others replaced elsewhere stays hidden. Answers the row
 * as it is then.
 */
export async function restoreOriginal(
  step: Step,
  { tree, owed }: Pick<ReplayParts, 'tree' | 'owed'>,
  draft: FileRow,
): Promise<FileRow> {
  const { id, base, parentId, name, path, replaces } = draft;
  const shown = base === null ? null : await tree.entry(base.id);
  // The tree may have written down that it is hidden.
  const original = shown ?? replaces.find((old) => old.id === base?.id) ?? null;
  const place = owed.placeOf({ parentId, name, path });
  if (original === null) {
    for (const old of replaces) if (!samePlace(old, place)) step.show((shown) => shown.hide(old.id));
    return draft;
  }
  if (shown === null) step.show((after) => after.reveal(original));
  if (!samePlace(owed.placeOf(original), place)) owed.move(step, original, place);
  for (const old of replaces) if (old.id !== original.id) owed.removeReplaced(step, old, place);
  const restored = { ...original, parentId: place.parentId, name };
  step.record((rows) => rows.patchFile(id, { replaces: [restored] }));
  return { ...draft, replaces: [restored] };
}

/** Programs see a file in place of what it replaces. */
export async function showFile(tree: NameTree, file: QueuedFile): Promise<void> {
  await Promise.all([tree.add(file.entry), ...file.row.replaces.map(({ id }) => tree.hide(id))]);
}

async function showChange(parts: ReplayParts, row: ChangeRow): Promise<void> {
  const { tree, owed } = parts;
  const { entry, parentId, name } = row;
  if (row.kind === 'remove') await tree.hide(entry.id);
  else if (row.kind === 'makeDirectory') await tree.add({ ...entry, parentId, name });
  else await showMove(parts, row);
  if (owed.settled.of(entry.id) === row) await tree.settle(entry.id);
}

async function showMove({ tree }: ReplayParts, row: ChangeRow): Promise<void> {
  const { entry, parentId, name } = row;
  try {
    await tree.move(entry.id, parentId, name);
  } catch (error) {
    if (!(error instanceof FsError) || error.errno !== 'ENOENT') throw error;
    // Its directory was never listed to the end, or the disk has forgotten it.
    await tree.add({ ...entry, parentId, name });
  }
}
