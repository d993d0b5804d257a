import type { Call } from '../lib/call.js';
import { FsError, toFsError } from '../lib/errors.js';
import type { DirectoryCache } from './directory-cache.js';
import type { KnownDirectory } from './known-node.js';
import type { ListingChange } from './listing.js';
import { pathOf } from './node.js';
import type { Refresher } from './refresher.js';

/** What listing again has found. */
export interface RefreshReport {
  readonly directories: number;
  readonly entries: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

interface WalkParts {
  readonly refresher: Refresher;
  readonly cache: DirectoryCache;
}

/** How far a refresh is. */
export interface RefreshStep {
  /** The directory that was listed. */
  readonly path: string;
  readonly directories: number;
  readonly entries: number;
  /** Directories that are known to wait for their turn. */
  readonly waiting: number;
}

export interface RefreshOptions {
  /** Everything below it too. */
  readonly recursive: boolean;
  /** Leaves directories as they are that were listed before; those below them are looked at all the same. */
  readonly unknownOnly?: boolean;
  /** Asked before every directory but the first: false ends it with EAGAIN. */
  readonly maySpend?: () => boolean;
  /** Told after every directory. */
  readonly progress?: (step: RefreshStep) => void;
}

/** Lists a directory, and with `recursive` everything below it, again: one directory after the other. */
export async function refreshWalk(
  parts: WalkParts,
  start: KnownDirectory,
  options: RefreshOptions,
  call: Call,
): Promise<RefreshReport> {
  let report: RefreshReport = { directories: 0, entries: 0, added: 0, removed: 0, changed: 0 };
  const waiting = [start];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    call.signal.throwIfAborted();
    const isKnown = options.unknownOnly === true && (await parts.cache.read(next)) !== null;
    const step = { isStart: next === start, done: report.directories, maySpend: options.maySpend };
    const change = isKnown ? null : await listAgain(parts, next, step, call);
    if (change === 'gone') continue;
    if (options.recursive) waiting.push(...(await directoriesIn(parts.cache, next)));
    if (change === null) continue;
    report = sum(report, change);
    const { directories, entries } = report;
    options.progress?.({ path: pathOf(next), directories, entries, waiting: waiting.length });
  }
  return report;
}

interface Step {
  readonly isStart: boolean;
  /** Directories that were listed before. */
  readonly done: number;
  readonly maySpend: RefreshOptions['maySpend'];
}

/** `gone` when it has gone while its neighbours were being listed: the tree knows it by now. */
async function listAgain(
  { refresher }: WalkParts,
  directory: KnownDirectory,
  { isStart, done, maySpend }: Step,
  call: Call,
): Promise<ListingChange | 'gone'> {
  const stopped = `stopped at ${pathOf(directory)} after ${done} directories`;
  if (done > 0 && maySpend?.() === false) {
    const why = 'what is left of the calls of today is kept for programs that wait';
    throw new FsError('EAGAIN', `${stopped}: ${why}`, { reason: 'throttle', expected: true });
  }
  try {
    return await refresher.renew(directory, call);
  } catch (thrown) {
    call.signal.throwIfAborted();
    if (isStart) throw thrown;
    const error = toFsError(thrown);
    if (error.errno === 'ENOENT') return 'gone';
    const options = { cause: error, reason: error.reason, expected: error.expected };
    throw new FsError(error.errno, `${stopped}: ${error.message}`, options);
  }
}

async function directoriesIn(cache: DirectoryCache, directory: KnownDirectory): Promise<KnownDirectory[]> {
  const nodes = [...((await cache.read(directory))?.nodes.values() ?? [])];
  return nodes.filter((node) => node.kind === 'directory').map((node) => cache.own(node));
}

function sum(report: RefreshReport, change: ListingChange): RefreshReport {
  return {
    directories: report.directories + 1,
    entries: report.entries + change.entries,
    added: report.added + change.added,
    removed: report.removed + change.removed,
    changed: report.changed + change.changed,
  };
}
