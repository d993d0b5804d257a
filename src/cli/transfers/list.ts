import { FsError } from '../../lib/errors.js';
import type { DriveTransfers, TransferRow, TransfersProgress, TransferState } from '../../lib/protocol.js';
import { formatDuration, formatSize } from '../../lib/quantity.js';
import type { Colour, Output } from '../output.js';
import type { Action, Session } from '../session.js';
import { formatTable } from '../table.js';
import { countOf } from '../words.js';

/** Changes that are shown one by one. */
const CHANGES_SHOWN = 20;
/** Of an id, what a person types. */
const SHORT_ID = 8;

const STATES: Readonly<Record<TransferState, readonly [string, Colour | null]>> = {
  writing: ['being written', null],
  waiting: ['waiting', null],
  paused: ['paused', 'yellow'],
  hashing: ['hashing', 'green'],
  rapid: ['asking', 'green'],
  parts: ['sending', 'green'],
  verify: ['checking', 'green'],
  local: ['stays here', 'dim'],
  failed: ['failed', 'red'],
};

const STAYING =
  'What stays here has a name of upload.junk, or is empty where the cloud takes no empty files: nothing need be done.';

const CHANGES: Readonly<Record<DriveTransfers['changes'][number]['kind'], string>> = {
  makeDirectory: 'make folder',
  rename: 'rename',
  move: 'move',
  remove: 'remove',
};

/** `panfuse transfers` */
export function showTransfers(drive: string | undefined): Action {
  return async (session) => {
    const control = await session.control();
    const input = drive === undefined ? {} : { drive };
    const drives = await control.call('GET /v1/transfers', input, { signal: session.signal });
    session.output.result(drives, describeTransfers(drives, session));
  };
}

/** The beginning of an id, enough for a person. */
export function shortId(id: string): string {
  return id.replace(/^local-/, '').slice(0, SHORT_ID);
}

/** What a state is called for people. */
export function stateWord(state: TransferState): string {
  return STATES[state][0];
}

/** A transfer as the daemon understands it: an id, `DRIVE:/path`, or else a path of this machine, made absolute. */
export function transferName(name: string, resolve: (path: string) => string): string {
  if (name === '') throw new FsError('EINVAL', 'write an id or a path, as panfuse transfers shows them');
  return /^(local-)?[0-9a-f]{4,8}(-[0-9a-f-]*)?$|^[^:/]+:\//i.test(name) ? name : resolve(name);
}

/** How far transfers are, in one line. */
export function describeTransfersProgress(progress: TransfersProgress): string {
  const { files, bytes, sent, changes, reason } = progress;
  const parts = [
    ...(files === 0 ? [] : [`${countOf(files, 'file')}, ${formatSize(bytes - sent)} to go`]),
    ...(changes === 0 ? [] : [countOf(changes, 'change')]),
    ...(reason === null ? [] : [reason]),
  ];
  return parts.length === 0 ? 'nothing to go' : parts.join('; ');
}

function describeTransfers(drives: readonly DriveTransfers[], { output, terminal }: Session): string {
  const now = terminal.clock.now();
  const parts = [
    fileTable(drives, output, now),
    draftTable(drives, now),
    changeTable(drives),
    refusedTable(drives, now),
    pauses(drives, output),
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'Nothing waits for the clouds.' : parts.join('\n\n');
}

function fileTable(drives: readonly DriveTransfers[], output: Output, now: number): string | null {
  const rows = drives.flatMap(({ drive, files }) =>
    files.map((file) => [
      shortId(file.id),
      paintedState(file, output),
      progressOf(file),
      formatSize(file.size),
      `${drive}:${file.path}`,
      whyOf(file, now),
    ]),
  );
  if (rows.length === 0) return null;
  const table = formatTable(['id', 'state', 'sent', 'size', 'path', 'why'], rows);
  const staying = drives.some(({ files }) => files.some(({ state }) => state === 'local'));
  return staying ? `${table}\n${STAYING}` : table;
}

function paintedState({ state }: TransferRow, output: Output): string {
  const [word, colour] = STATES[state];
  return colour === null ? word : output.paint(colour, word);
}

function progressOf({ state, sent, size }: TransferRow): string {
  if (state !== 'parts' && sent === 0) return '';
  return `${Math.floor((100 * sent) / Math.max(1, size))}%`;
}

function whyOf({ reason, nextTry }: TransferRow, now: number): string {
  const again = nextTry === null ? null : `again in ${formatDuration(Math.max(1000, nextTry - now))}`;
  return [reason, again].filter((part) => part !== null).join('; ');
}

function draftTable(drives: readonly DriveTransfers[], now: number): string | null {
  const rows = drives.flatMap(({ drive, drafts }) =>
    drafts.map(({ id, path, size, modifiedAt }) => [
      shortId(id),
      `${age(modifiedAt, now)} ago`,
      formatSize(size),
      `${drive}:${path}`,
    ]),
  );
  if (rows.length === 0) return null;
  const table = formatTable(['draft', 'written', 'size', 'path'], rows);
  return `${table}\nNo program closed these: panfuse transfers keep ID uploads one as it is, drop ID gives it up.`;
}

function changeTable(drives: readonly DriveTransfers[]): string | null {
  const rows = drives.flatMap(({ drive, changes, changesWaitBecause }) =>
    changes.map(({ kind, path, reason }) => [
      CHANGES[kind],
      `${drive}:${path}`,
      reason ?? changesWaitBecause ?? '',
    ]),
  );
  if (rows.length === 0) return null;
  const table = formatTable(['change', 'path', 'why'], rows.slice(0, CHANGES_SHOWN));
  const more = rows.length - CHANGES_SHOWN;
  return more > 0 ? `${table}\nand ${countOf(more, 'change')} more` : table;
}

function refusedTable(drives: readonly DriveTransfers[], now: number): string | null {
  const rows = drives.flatMap(({ drive, refused }) =>
    refused.map(({ kind, path, reason, at }) => [
      CHANGES[kind],
      `${drive}:${path}`,
      `${age(at, now)} ago`,
      reason,
    ]),
  );
  if (rows.length === 0) return null;
  return `${formatTable(['refused', 'path', 'when', 'why'], rows)}\nThe cloud did not take these: they were put back.`;
}

function pauses(drives: readonly DriveTransfers[], output: Output): string | null {
  const paused = new Set(drives.flatMap(({ account, paused }) => (paused ? [account] : [])));
  if (paused.size === 0) return null;
  const lines = [...paused].map(
    (account) =>
      `${output.paint('yellow', '!')} uploads of account ${account} are paused: panfuse transfers resume`,
  );
  return lines.join('\n');
}

function age(since: number, now: number): string {
  return formatDuration(Math.max(0, now - since));
}
