import { resolve } from 'node:path';
import { FsError } from '../lib/errors.js';
import { parseSize } from '../lib/quantity.js';
import type { MountInput, RefreshProgress } from '../lib/protocol.js';
import { placeName } from './places.js';
import { startProgress } from './progress.js';
import type { Action, Session } from './session.js';
import { mountTable } from './status.js';
import { countOf } from './words.js';

export interface MountArguments {
  /** `films:/folder`, `films:` or `films`. */
  readonly source: string;
  readonly path: string;
  readonly readOnly: boolean | undefined;
  readonly allowOther: boolean | undefined;
  readonly uid: string | undefined;
  readonly gid: string | undefined;
  readonly umask: string | undefined;
  readonly readAhead: string | undefined;
}

/** `panfuse mounts` */
export async function showMounts(session: Session): Promise<void> {
  const control = await session.control();
  const mounts = await control.call('GET /v1/mounts', {}, { signal: session.signal });
  const now = session.terminal.clock.now();
  const words = mounts.length === 0 ? 'Nothing is mounted.' : mountTable(mounts, session.output, now);
  session.output.result(mounts, words);
}

/** `panfuse mount DRIVE:/FOLDER PATH` */
export function mountDrive(given: MountArguments): Action {
  return async (session) => {
    const { drive, folder } = parseSource(given.source);
    const input = { drive, folder, path: localPath(session, given.path), options: optionsOf(given) };
    const control = await session.control();
    const mounted = await control.call('POST /v1/mount', input, { signal: session.signal });
    session.output.result(mounted, `${drive}:${folder} is mounted at ${mounted.path}`);
  };
}

/** `panfuse unmount PATH` */
export function unmountPath(path: string): Action {
  return async (session) => {
    const control = await session.control();
    const input = { path: localPath(session, path) };
    const unmounted = await control.call('POST /v1/unmount', input, { signal: session.signal });
    session.output.result(unmounted, `${unmounted.path} is unmounted`);
  };
}

/** `panfuse refresh PATH` */
export function refreshPath(
  path: string,
  { recursive, unknown }: { readonly recursive: boolean; readonly unknown: boolean },
): Action {
  return async (session) => {
    const control = await session.control();
    const progress = session.output.json ? null : startProgress(session.terminal);
    const input = { path: placeName(path, session), recursive, ...(unknown ? { unknown } : {}) };
    const onProgress = (event: RefreshProgress): void => progress?.update(describeProgress(event));
    const done = await control
      .call('POST /v1/refresh', input, { signal: session.signal, onProgress })
      .finally(() => progress?.end());
    const changes = `${done.added} added, ${done.removed} removed, ${done.changed} changed`;
    session.output.result(
      done,
      `${countOf(done.directories, 'folder')}, ${done.entries} entries: ${changes}`,
    );
  };
}

/** A drive and a folder in it from `films:/folder`. Throws FsError EINVAL when it is something else. */
export function parseSource(source: string): { readonly drive: string; readonly folder: string } {
  const match = /^([^:/]+)(?::(.*))?$/s.exec(source);
  if (match?.[1] === undefined) {
    throw new FsError('EINVAL', `${source} names no drive: write DRIVE:/FOLDER, such as films:/2026`);
  }
  const folder = (match[2] ?? '').replace(/^\/*/, '/').replace(/(?<=.)\/+$/, '');
  return { drive: match[1], folder };
}

function describeProgress({ directories, entries, waiting, path }: RefreshProgress): string {
  const more = waiting === 0 ? '' : `, at least ${waiting} to come`;
  return `${countOf(directories, 'folder')}, ${entries} entries${more}; now ${path}`;
}

function localPath(session: Session, path: string): string {
  return resolve(session.terminal.directory, path);
}

function optionsOf(given: MountArguments): MountInput['options'] {
  return {
    readOnly: given.readOnly,
    allowOther: given.allowOther,
    uid: identity('--uid', given.uid),
    gid: identity('--gid', given.gid),
    umask: given.umask,
    readAhead: size('--read-ahead', given.readAhead),
  };
}

function identity(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text))
    throw new FsError('EINVAL', `${option}: write a number such as 1000, not ${text}`);
  return Number(text);
}

function size(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseSize(text);
  if (bytes === null) throw new FsError('EINVAL', `${option}: write a size such as 256KiB, not ${text}`);
  return bytes;
}
