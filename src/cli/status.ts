import { FsError } from '../lib/errors.js';
import { formatDuration, formatSize } from '../lib/quantity.js';
import type { AccountStatus, DaemonStatus, DriveStatus, MountStatus } from '../lib/protocol.js';
import type { Output } from './output.js';
import type { Action, Session } from './session.js';
import { formatTable } from './table.js';
import { countOf } from './words.js';

/** `panfuse status`; `interval` belongs to --watch. */
export function showStatusOnce(interval: string | undefined): Action {
  if (interval === undefined) return showStatus;
  return () => Promise.reject(new FsError('EINVAL', '--interval belongs to --watch'));
}

async function showStatus(session: Session): Promise<void> {
  const control = await session.control();
  const status = await control.call('GET /v1/status', {}, { signal: session.signal });
  session.output.result(status, describeStatus(status, session.output, session.terminal.clock.now()));
}

/** `panfuse drives` */
export async function showDrives(session: Session): Promise<void> {
  const control = await session.control();
  const drives = await control.call('GET /v1/drives', {}, { signal: session.signal });
  const words = drives.length === 0 ? 'The configuration names no drives.' : driveTable(drives);
  session.output.result(drives, words);
}

/** The mounts as `status` and `mounts` show them. Milliseconds since the epoch in `now`. */
export function mountTable(mounts: readonly MountStatus[], output: Output, now: number): string {
  const rows = mounts.map((mount) => [
    mount.path,
    mount.drives.map((drive) => (mount.folder === '/' ? drive : `${drive}:${mount.folder}`)).join(', '),
    mount.state === 'mounted' ? `for ${elapsed(mount.since, now)}` : output.paint('red', mount.state),
    mount.readOnly ? 'read-only' : 'read and write',
    String(mount.openFiles),
  ]);
  return formatTable(['mount', 'shows', 'mounted', 'access', 'open files'], rows);
}

/** All of it, for a person. Milliseconds since the epoch in `now`. */
export function describeStatus(status: DaemonStatus, output: Output, now: number): string {
  const { accounts, drives, mounts } = status;
  return [
    headline(status, now),
    accounts.length === 0 ? null : accountTable(accounts, output, now),
    drives.length === 0 ? null : driveTable(drives),
    mounts.length === 0 ? 'Nothing is mounted.' : mountTable(mounts, output, now),
    describeContent(status),
    describeWriting(status),
    describeOffline(status),
    troubles(status, output, now),
  ]
    .filter((part) => part !== null)
    .join('\n\n');
}

function headline({ version, pid, startedAt, memory }: DaemonStatus, now: number): string {
  const age = elapsed(startedAt, now);
  return `panfuse ${version}, process ${pid}, up for ${age}, ${formatSize(memory.resident)} of memory`;
}

function accountTable(accounts: readonly AccountStatus[], output: Output, now: number): string {
  const rows = accounts.map((account) => [
    account.name,
    account.kind,
    describeLogin(account, output),
    `${account.calls.today} of ${account.calls.perDay}`,
    String(Math.max(0, account.calls.perDay - account.calls.today)),
    account.throttle === null
      ? 'no'
      : output.paint('yellow', `for another ${remaining(account.throttle.until, now)}`),
  ]);
  return formatTable(['account', 'kind', 'login', 'calls today', 'left', 'refused'], rows);
}

function describeLogin({ login }: AccountStatus, output: Output): string {
  if (login === 'lost') return output.paint('red', 'lost');
  return login === 'ok' ? output.paint('green', 'ok') : 'not asked yet';
}

function driveTable(drives: readonly DriveStatus[]): string {
  const rows = drives.map((drive) => [
    drive.name,
    drive.account,
    drive.root === '0' ? 'all' : drive.root,
    String(drive.directories),
    String(drive.entries),
    drive.space === null ? '?' : `${formatSize(drive.space.used)} of ${formatSize(drive.space.total)}`,
  ]);
  return formatTable(['drive', 'account', 'folder', 'folders known', 'entries known', 'space used'], rows);
}

function describeContent({ content, memory }: DaemonStatus): string {
  const { lanes, bytes } = content;
  const busy = `${countOf(lanes.busy, 'connection')} busy`;
  const waiting = lanes.waiting === 0 ? '' : `, ${countOf(lanes.waiting, 'reader')} waiting`;
  const links = `${countOf(content.links, 'link')} (${content.renewals} renewed${describeAhead(content)})`;
  const buffers = `${formatSize(memory.buffers)} of ${formatSize(memory.limit)} buffers`;
  return [
    `Reading: ${countOf(content.openFiles, 'file')} open, ${busy}${waiting}, ${links}`,
    `Bytes:   ${formatSize(bytes.wanted)} asked for, ${formatSize(bytes.fetched)} fetched, ${buffers}`,
    `On disk: ${describeBlocks(content.blocks)}`,
  ].join('\n');
}

/** Null when no drive can be written to. */
function describeWriting({ drives, spool }: DaemonStatus): string | null {
  const open = drives.map(({ transfers }) => transfers).filter((transfers) => transfers !== null);
  if (open.length === 0) return null;
  const sum = (of: 'files' | 'bytes' | 'sent' | 'failed' | 'drafts' | 'local' | 'changes'): number =>
    open.reduce((total, transfers) => total + transfers[of], 0);
  const [files, changes] = [sum('files'), sum('changes')];
  const bytes = formatSize(sum('bytes') - sum('sent'));
  const parts = [
    ...(files + changes === 0 ? ['nothing on the way'] : []),
    ...(files === 0 ? [] : [`${countOf(files, 'file')} on the way (${bytes} to go)`]),
    ...(changes === 0 ? [] : [countOf(changes, 'change')]),
    ...(sum('failed') === 0 ? [] : [`${sum('failed')} failed`]),
    ...(sum('drafts') === 0 ? [] : [countOf(sum('drafts'), 'draft')]),
    ...(sum('local') === 0 ? [] : [`${sum('local')} that stay here`]),
  ];
  const waiting = `${formatSize(spool.used)} of ${formatSize(spool.limit)}`;
  return `Writing: ${parts.join(', ')}\nSpool:   ${waiting}`;
}

/** Null when no cloud downloads by itself. */
function describeOffline({ offline }: DaemonStatus): string | null {
  if (offline.length === 0) return null;
  const sum = (of: 'running' | 'done' | 'failed'): number =>
    offline.reduce((total, account) => total + account[of], 0);
  const [running, done, failed] = [sum('running'), sum('done'), sum('failed')];
  const parts = [
    running === 0 ? 'nothing under way' : `${countOf(running, 'download')} under way`,
    ...(done === 0 ? [] : [`${done} done`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ];
  return `Offline: ${parts.join(', ')}`;
}

function describeAhead({ linksAhead: { fetched, used } }: DaemonStatus['content']): string {
  return fetched === 0 ? '' : `, ${used} of ${fetched} fetched ahead were used`;
}

function describeBlocks(blocks: DaemonStatus['content']['blocks']): string {
  if (blocks === null) return 'nothing is kept';
  const kept = `${formatSize(blocks.bytes)} of ${formatSize(blocks.limit)}`;
  const probes = `${formatSize(blocks.probeBytes)} of ${formatSize(blocks.probeLimit)} for probes`;
  return `${kept}, ${probes}${blocks.message === null ? '' : ` (nothing new for now: ${blocks.message})`}`;
}

/** What a person should look at, one line each; null when all is well. */
function troubles({ accounts, drives, mounts }: DaemonStatus, output: Output, now: number): string | null {
  const lines = [
    ...accounts.flatMap(({ name, loginMessage, throttle }) => [
      ...(loginMessage === null ? [] : [`account ${name}: ${loginMessage}`]),
      ...(throttle === null ? [] : [`account ${name}: the cloud refuses for now: ${throttle.message}`]),
    ]),
    ...drives.flatMap(({ name, lastError }) =>
      lastError === null ? [] : [`drive ${name}: ${lastError.message} (${elapsed(lastError.at, now)} ago)`],
    ),
    ...drives.flatMap(({ name, readOnlyBecause }) =>
      readOnlyBecause === null ? [] : [`drive ${name}: it can only be read: ${readOnlyBecause}`],
    ),
    ...drives.flatMap(transferTroubles),
    ...mounts.flatMap(({ path, message }) => (message === null ? [] : [`mount ${path}: ${message}`])),
  ];
  return lines.length === 0 ? null : lines.map((line) => `${output.paint('yellow', '!')} ${line}`).join('\n');
}

function transferTroubles({ name, transfers }: DriveStatus): readonly string[] {
  if (transfers === null) return [];
  const { failed, drafts, refused, paused, reason } = transfers;
  const look = 'panfuse transfers says more';
  return [
    ...(failed === 0 ? [] : [`drive ${name}: ${countOf(failed, 'upload')} failed: ${look}`]),
    ...(drafts === 0 ? [] : [`drive ${name}: ${countOf(drafts, 'draft')} to keep or drop: ${look}`]),
    ...(refused === 0 ? [] : [`drive ${name}: the cloud refused ${countOf(refused, 'change')}: ${look}`]),
    ...(paused ? [`drive ${name}: uploads are paused: panfuse transfers resume`] : []),
    ...(reason === null ? [] : [`drive ${name}: uploads wait: ${reason}`]),
  ];
}

/** Never negative: somebody may have set the clock back. */
function elapsed(since: number, now: number): string {
  return formatDuration(Math.max(0, now - since));
}

function remaining(until: number, now: number): string {
  return formatDuration(Math.max(1000, until - now));
}
