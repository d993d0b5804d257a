import type { OfflineTaskDetails, OfflineTaskRow, OfflineQuotaRow } from '../../lib/offline-protocol.js';
import { formatDuration, formatSize } from '../../lib/quantity.js';
import type { Colour, Output } from '../output.js';
import type { Action, Session } from '../session.js';
import { formatTable } from '../table.js';

/** Of an id, what a person types. */
const SHORT_ID = 8;

const COLOURS: Readonly<Record<OfflineTaskRow['state'], Colour | null>> = {
  waiting: null,
  running: 'green',
  done: 'dim',
  failed: 'red',
};

/** `panfuse offline list` */
export function listOffline(drive: string | undefined): Action {
  return async (session) => {
    const control = await session.control();
    const rows = await control.call('GET /v1/offline', ofDrive(drive), { signal: session.signal });
    session.output.result(rows, describeTasks(rows, session.output));
  };
}

/** `panfuse offline show TASK` */
export function showOffline(task: string, drive: string | undefined): Action {
  return async (session) => {
    const control = await session.control();
    const input = { task, ...ofDrive(drive) };
    const shown = await control.call('GET /v1/offline/show', input, { signal: session.signal });
    session.output.result(shown, describeTask(shown, session));
  };
}

/** `panfuse offline quota` */
export function showQuota(drive: string | undefined): Action {
  return async (session) => {
    const control = await session.control();
    const rows = await control.call('GET /v1/offline/quota', ofDrive(drive), { signal: session.signal });
    const now = session.terminal.clock.now();
    const lines = rows.flatMap((row) => [describeQuota(row), ...packagesOf(row, now)]);
    session.output.result(rows, lines.join('\n'));
  };
}

/** The input that limits a question to the account of a drive. */
export function ofDrive(drive: string | undefined): { readonly drive?: string } {
  return drive === undefined ? {} : { drive };
}

/** The beginning of an id, enough for a person. */
export function shortTask(id: string): string {
  return id.slice(0, SHORT_ID);
}

/** The tasks under headings. */
export function describeTasks(rows: readonly OfflineTaskRow[], output: Output): string {
  if (rows.length === 0) return 'No cloud downloads anything.';
  const cells = rows.map((row) => [
    shortTask(row.id),
    paintedState(row, output),
    percentOf(row),
    row.size === null ? '?' : formatSize(row.size),
    nameOf(row),
    folderOf(row),
    row.reason ?? '',
  ]);
  return formatTable(['id', 'state', 'got', 'size', 'name', 'folder', 'why'], cells);
}

/** Whether the cloud still works on it. */
export function isRunning({ state }: OfflineTaskRow): boolean {
  return state === 'waiting' || state === 'running';
}

/** What a task is called for people. */
export function nameOf({ name, link, id }: Pick<OfflineTaskRow, 'name' | 'link' | 'id'>): string {
  return name ?? link ?? id;
}

/** Where a task puts what it brings. */
export function folderOf({ account, drive, path }: OfflineTaskRow): string {
  return drive === null ? `(account ${account})` : `${drive}:${path ?? ''}`;
}

/** How many more links an account may ask for, in one line. */
export function describeQuota({ account, total, left }: OfflineQuotaRow): string {
  if (total === null || left === null) return `${account}: no limit is known`;
  return `${account}: ${left} of ${total} left`;
}

function packagesOf({ packages }: OfflineQuotaRow, now: number): readonly string[] {
  return packages.map(({ name, total, left, expiresAt }) => {
    const until = expiresAt === null ? '' : `, for another ${formatDuration(Math.max(0, expiresAt - now))}`;
    return `  ${name === '' ? 'package' : name}: ${left} of ${total}${until}`;
  });
}

function paintedState({ state }: OfflineTaskRow, output: Output): string {
  const colour = COLOURS[state];
  return colour === null ? state : output.paint(colour, state);
}

function percentOf({ state, progress }: OfflineTaskRow): string {
  return state === 'failed' ? '' : `${Math.floor(100 * progress)}%`;
}

function describeTask(task: OfflineTaskDetails, { output, terminal }: Session): string {
  const now = terminal.clock.now();
  const ago = (time: number | null): string | null =>
    time === null ? null : `${formatDuration(Math.max(0, now - time))} ago`;
  const lines: readonly (readonly [string, string | null])[] = [
    ['id', task.id],
    ['name', task.name],
    ['link', task.link],
    ['state', `${paintedState(task, output)} ${percentOf(task)}`.trimEnd()],
    ['why', task.reason],
    ['size', task.size === null ? null : formatSize(task.size)],
    ['folder', folderOf(task)],
    ['result', task.result === null ? null : `${task.drive ?? ''}:${task.result}`],
    ['account', task.account],
    ['added', ago(task.addedAt)],
    ['moved', ago(task.movedAt)],
  ];
  return lines.flatMap(([what, value]) => (value === null ? [] : [`${what.padEnd(9)}${value}`])).join('\n');
}
