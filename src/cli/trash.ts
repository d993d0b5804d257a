import { FsError } from '../lib/errors.js';
import { formatDuration, formatSize } from '../lib/quantity.js';
import type { TrashRow } from '../lib/trash-protocol.js';
import type { Action, Session } from './session.js';
import { formatTable } from './table.js';
import { placeName } from './places.js';
import { countOf } from './words.js';

export interface TrashArguments {
  /** Ids, names, or the paths that entries had. */
  readonly entries: readonly string[];
  readonly drive: string | undefined;
}

export interface PurgeArguments extends TrashArguments {
  readonly all: boolean;
  /** The person has agreed already. */
  readonly yes: boolean;
}

/** `panfuse trash list` */
export function listTrash(drive: string | undefined): Action {
  return async (session) => {
    const control = await session.control();
    const rows = await control.call('GET /v1/trash', ofDrive(drive), { signal: session.signal });
    const words =
      rows.length === 0 ? 'The recycle bin is empty.' : trashTable(rows, session.terminal.clock.now());
    session.output.result(rows, words);
  };
}

/** `panfuse trash restore ENTRY…` */
export function restoreTrash({ entries, drive }: TrashArguments): Action {
  return async (session) => {
    const control = await session.control();
    const input = { entries: entries.map((name) => entryName(name, session)), ...ofDrive(drive) };
    const done = await control.call('POST /v1/trash/restore', input, { signal: session.signal });
    session.output.result(done, describeDone(done.entries, 'restored'));
  };
}

/** `panfuse trash purge ENTRY…` or `--all`: asks first, unless the person has said yes. */
export function purgeTrash({ entries, drive, all, yes }: PurgeArguments): Action {
  return async (session) => {
    if (all !== (entries.length === 0))
      throw new FsError('EINVAL', 'say which entries to destroy, or --all for everything');
    if (!yes) await agree(all ? 'everything in the recycle bin' : entries.join(', '), session);
    const control = await session.control();
    const input = { entries: entries.map((name) => entryName(name, session)), all, ...ofDrive(drive) };
    const done = await control.call('POST /v1/trash/purge', input, { signal: session.signal });
    const emptied = `The recycle bin of ${done.accounts.join(', ')} is empty`;
    session.output.result(done, all ? emptied : describeDone(done.entries, 'destroyed'));
  };
}

async function agree(what: string, { terminal, signal }: Session): Promise<void> {
  const answer = await terminal.readLine(`Destroy ${what}? It cannot be brought back. [y/N] `, signal);
  if (/^y(es)?$/i.test(answer?.trim() ?? '')) return;
  throw new FsError('EPERM', 'nothing was destroyed: answer y, or give --yes', { expected: true });
}

/** The path that it had; null when that is not known. */
export function formerPath({ drive, path, name }: TrashRow): string | null {
  return drive === null || path === null ? null : `${drive}:${path.replace(/\/$/, '')}/${name}`;
}

/** A path is made absolute; an id or a name is left as it is. */
function entryName(name: string, session: Session): string {
  return name.includes('/') ? placeName(name, session) : name;
}

function ofDrive(drive: string | undefined): { readonly drive?: string } {
  return drive === undefined ? {} : { drive };
}

function trashTable(rows: readonly TrashRow[], now: number): string {
  const cells = rows.map((row) => [
    row.id,
    `${formatDuration(Math.max(0, now - row.removedAt))} ago`,
    row.kind === 'directory' ? 'folder' : row.size === null ? '?' : formatSize(row.size),
    row.name,
    folderOf(row),
  ]);
  return formatTable(['id', 'removed', 'size', 'name', 'was in'], cells);
}

function folderOf({ account, drive, path }: TrashRow): string {
  return drive === null ? `(account ${account})` : `${drive}:${path ?? ''}`;
}

function describeDone(rows: readonly TrashRow[], what: string): string {
  const lines = rows.map((row) => `${row.name}  ${folderOf(row)}`);
  return [`${countOf(rows.length, 'item')} ${what}`, ...lines].join('\n');
}
