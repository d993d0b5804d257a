import type {
  CacheEvictOutput,
  CacheStatus,
  CacheVerifyProgress,
  CacheWarmOutput,
  CacheWarmProgress,
  PinRow,
} from '../lib/cache-protocol.js';
import { FsError } from '../lib/errors.js';
import { formatSize } from '../lib/quantity.js';
import { placeName } from './places.js';
import { startProgress } from './progress.js';
import type { Action, Session } from './session.js';
import { formatTable } from './table.js';
import { describeUnknown } from './tree-lists.js';
import { countOf } from './words.js';

export interface CacheChoice {
  readonly path: string | undefined;
  readonly all: boolean;
}

/** `panfuse cache stats` */
export async function showCache(session: Session): Promise<void> {
  const control = await session.control();
  const status = await control.call('GET /v1/cache', {}, { signal: session.signal });
  session.output.result(status, status === null ? 'Nothing is kept on the disk.' : describeCache(status));
}

/** `panfuse cache pins` */
export async function showPins(session: Session): Promise<void> {
  const control = await session.control();
  const pins = await control.call('GET /v1/cache/pins', {}, { signal: session.signal });
  session.output.result(pins, pins.length === 0 ? 'Nothing is pinned.' : pinTable(pins));
}

/** `panfuse cache warm PATH [--head]` */
export function warmCache(path: string, head: boolean): Action {
  return async (session) => {
    const { output, terminal, signal } = session;
    const line = output.json ? null : startProgress(terminal);
    const onProgress = (progress: CacheWarmProgress): void => {
      if (output.json) output.result({ progress }, '');
      else line?.update(describeWarming(progress));
    };
    const control = await session.control();
    const input = { path: placeName(path, session), head };
    const done = await control
      .call('POST /v1/cache/warm', input, { signal, onProgress })
      .finally(() => line?.end());
    output.result(done, describeWarmed(done));
    if (done.failed === 0) return;
    const what = `${done.failed} of ${countOf(done.files, 'file')} could not be read`;
    const lines = done.failures.map(({ path: failed, message }) => `${failed}: ${message}`);
    throw new FsError('EIO', [what, ...lines].join('\n'));
  };
}

/** `panfuse cache pin PATH` */
export function pinInCache(path: string): Action {
  return async (session) => {
    const control = await session.control();
    const input = { path: placeName(path, session) };
    const done = await control.call('POST /v1/cache/pin', input, { signal: session.signal });
    const words = `${countOf(done.files, 'file')} pinned, ${formatSize(done.bytes)}: panfuse cache warm reads what is missing`;
    session.output.result(done, [words, ...describeUnknown(done.unknown)].join('\n'));
  };
}

/** `panfuse cache unpin PATH` or `--all` */
export function unpinInCache(choice: CacheChoice): Action {
  return async (session) => {
    const control = await session.control();
    const input = inputOf(choice, session);
    const done = await control.call('POST /v1/cache/unpin', input, { signal: session.signal });
    session.output.result(done, `${countOf(done.contents, 'file')} unpinned`);
  };
}

/** `panfuse cache evict PATH` or `--all` */
export function evictFromCache(choice: CacheChoice): Action {
  return async (session) => {
    const control = await session.control();
    const input = inputOf(choice, session);
    const done = await control.call('POST /v1/cache/evict', input, { signal: session.signal });
    session.output.result(done, describeEvicted(done));
  };
}

/** `panfuse cache verify` */
export async function verifyCache(session: Session): Promise<void> {
  const { output, terminal, signal } = session;
  const line = output.json ? null : startProgress(terminal);
  const onProgress = (progress: CacheVerifyProgress): void => {
    if (output.json) output.result({ progress }, '');
    else line?.update(`${formatSize(progress.checked)} of ${formatSize(progress.of)} checked`);
  };
  const control = await session.control();
  const done = await control
    .call('POST /v1/cache/verify', {}, { signal, onProgress })
    .finally(() => line?.end());
  const wrong = done.dropped === 0 ? 'all of it right' : `${formatSize(done.dropped)} damaged and removed`;
  output.result(done, `${formatSize(done.checked)} checked: ${wrong}`);
}

/** `panfuse cache sweep` */
export async function sweepCache(session: Session): Promise<void> {
  const control = await session.control();
  const swept = await control.call('POST /v1/cache/sweep', {}, { signal: session.signal });
  const lines = swept.map(
    ({ drive, directories, entries }) =>
      `${drive}: ${countOf(directories, 'folder')} forgotten, ${entries} entries`,
  );
  session.output.result(swept, lines.length === 0 ? 'No drive is open.' : lines.join('\n'));
}

function inputOf({ path, all }: CacheChoice, session: Session): CacheChoice {
  if ((path === undefined) !== all) throw new FsError('EINVAL', 'write a path, or --all for everything');
  return { path: path === undefined ? undefined : placeName(path, session), all };
}

function describeCache(status: CacheStatus): string {
  const { pinned } = status;
  const lines: readonly (readonly [string, string])[] = [
    ['path', status.path],
    ['kept', `${formatSize(status.bytes)} of ${formatSize(status.limit)}`],
    ['probes', `${formatSize(status.probeBytes)} of ${formatSize(status.probeLimit)}`],
    ['contents', String(status.contents)],
    ['pinned', `${countOf(pinned.contents, 'file')}, ${formatSize(pinned.bytes)}`],
    ['hits', formatSize(status.hits)],
    ['misses', formatSize(status.misses)],
    ['dropped', formatSize(status.dropped)],
    ['damaged', formatSize(status.damaged)],
    ['evicted', countOf(status.evicted, 'piece')],
  ];
  const trouble = status.message === null ? [] : [`Nothing new for now: ${status.message}`];
  return [...lines.map(([what, value]) => `${what.padEnd(10)}${value}`), ...trouble].join('\n');
}

function pinTable(pins: readonly PinRow[]): string {
  const rows = pins.map(({ drive, path, size, cached }) => [
    formatSize(size),
    `${size === 0 ? 100 : Math.floor((100 * cached) / size)}%`,
    `${drive}:${path}`,
  ]);
  return formatTable(['size', 'cached', 'path'], rows);
}

function describeWarming({ files, of, bytes, ofBytes, path }: CacheWarmProgress): string {
  return `${files} of ${countOf(of, 'file')}, ${formatSize(bytes)} of ${formatSize(ofBytes)}; now ${path}`;
}

function describeWarmed({ files, bytes, cached, read }: CacheWarmOutput): string {
  const missing = cached < bytes ? `; the cache took ${formatSize(cached)} of ${formatSize(bytes)}` : '';
  return `${countOf(files, 'file')}, ${formatSize(read)} read, ${formatSize(bytes - read)} there already${missing}`;
}

function describeEvicted({ contents, bytes, pinned }: CacheEvictOutput): string {
  const stay = pinned === 0 ? '' : `; ${countOf(pinned, 'file')} pinned, and kept`;
  return `${countOf(contents, 'file')} evicted, ${formatSize(bytes)} free${stay}`;
}
