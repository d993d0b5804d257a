import type { DuplicateGroup, SearchMatch, UnknownFolders, UsageRow } from '../lib/tree-protocol.js';
import { formatDuration, formatSize, parseSize } from '../lib/quantity.js';
import { FsError } from '../lib/errors.js';
import { placeName } from './places.js';
import type { Action, Session } from './session.js';
import { formatTable } from './table.js';
import { countOf } from './words.js';

export interface SearchArguments {
  readonly text: string;
  readonly path: string | undefined;
  readonly limit: string | undefined;
}

export interface UsageArguments {
  readonly path: string | undefined;
  readonly depth: string | undefined;
}

export interface DuplicatesArguments {
  readonly path: string | undefined;
  readonly smallest: string | undefined;
  readonly limit: string | undefined;
}

/** `panfuse search TEXT [PATH]` */
export function searchNames({ text, path, limit }: SearchArguments): Action {
  return async (session) => {
    const input = { text, ...inputPath(path, session), ...inputNumber('--limit', 'limit', limit) };
    const control = await session.control();
    const answer = await control.call('GET /v1/search', input, { signal: session.signal });
    const { matches, found, unknown } = answer;
    const more = found > matches.length ? [`${found - matches.length} more: --limit shows them`] : [];
    const none = found === 0 ? ['Nothing that is known has such a name.'] : [];
    const list = matches.length === 0 ? [] : [matchTable(matches, session.terminal.clock.now())];
    session.output.result(answer, [...list, ...none, ...more, ...describeUnknown(unknown)].join('\n'));
  };
}

/** `panfuse du [PATH]` */
export function showUsage({ path, depth }: UsageArguments): Action {
  return async (session) => {
    const input = { ...inputPath(path, session), ...inputNumber('--depth', 'depth', depth) };
    const control = await session.control();
    const answer = await control.call('GET /v1/du', input, { signal: session.signal });
    const table = answer.rows.length === 0 ? 'No drive is open.' : usageTable(answer.rows);
    session.output.result(answer, [table, ...describeUnknown(answer.unknown)].join('\n'));
  };
}

/** `panfuse dupes [PATH]` */
export function showDuplicates({ path, smallest, limit }: DuplicatesArguments): Action {
  return async (session) => {
    const input = {
      ...inputPath(path, session),
      ...inputSize('--smallest', smallest),
      ...inputNumber('--limit', 'limit', limit),
    };
    const control = await session.control();
    const answer = await control.call('GET /v1/dupes', input, { signal: session.signal });
    const { groups, found, wasted, unhashed, unknown } = answer;
    const hidden = found - groups.length;
    const lines = [
      ...groups.map(describeGroup),
      ...(hidden > 0 ? [`${countOf(hidden, 'more group')}: --limit shows them`] : []),
      found === 0
        ? 'No two files that are known have the same bytes.'
        : `${countOf(found, 'group')} of equal files; one copy of each would save ${formatSize(wasted)}`,
      ...(unhashed === 0
        ? []
        : [`${countOf(unhashed, 'file')} could not be compared: the cloud tells no hash`]),
      ...describeUnknown(unknown),
    ];
    session.output.result(answer, lines.join('\n'));
  };
}

/** What is missing from an answer because it was never listed, and what to do about it; nothing when all is known. */
export function describeUnknown({ count, some }: UnknownFolders): readonly string[] {
  const [first] = some;
  if (count === 0 || first === undefined) return [];
  const what = `${countOf(count, 'folder')} not known yet, such as ${first}`;
  const common = count > some.length ? first.replace(/:.*/s, ':/') : commonFolder(some);
  return [
    `${what}: panfuse refresh --recursive --unknown ${quoted(common)} lists ${count === 1 ? 'it' : 'them'}`,
  ];
}

/** The deepest folder that holds all of these, which are of one drive or several: then of the first. */
function commonFolder(places: readonly string[]): string {
  const [first = '', ...others] = places;
  const drive = first.slice(0, first.indexOf(':') + 1);
  const parts = first.split('/');
  let shared = parts.length;
  for (const other of others.filter((place) => place.startsWith(`${drive}/`))) {
    const names = other.split('/');
    while (parts.slice(0, shared).some((name, index) => name !== names[index])) shared -= 1;
  }
  return shared <= 1 ? `${drive}/` : parts.slice(0, shared).join('/');
}

/** For a shell to read as one word. */
function quoted(text: string): string {
  return /^[\w:/.,+@%=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function matchTable(matches: readonly SearchMatch[], now: number): string {
  const rows = matches.map(({ path, kind, size, modifiedAt }) => [
    kind === 'directory' ? 'folder' : formatSize(size ?? 0),
    `${formatDuration(Math.max(0, now - modifiedAt))} ago`,
    kind === 'directory' ? `${path}/` : path,
  ]);
  return formatTable(['size', 'changed', 'path'], rows);
}

function usageTable(rows: readonly UsageRow[]): string {
  const cells = rows.map(({ path, bytes, files, directories, unknown }) => [
    formatSize(bytes),
    String(files),
    String(directories),
    unknown === 0 ? '' : String(unknown),
    path,
  ]);
  return formatTable(['size', 'files', 'folders', 'not known', 'path'], cells);
}

function describeGroup({ size, hash, paths }: DuplicateGroup): string {
  return [`${formatSize(size)} × ${paths.length}  ${hash}`, ...paths.map((path) => `  ${path}`)].join('\n');
}

function inputPath(path: string | undefined, session: Session): { readonly path?: string } {
  return path === undefined ? {} : { path: placeName(path, session) };
}

function inputNumber<K extends string>(
  option: string,
  field: K,
  text: string | undefined,
): { readonly [P in K]?: number } {
  if (text === undefined) return {};
  if (!/^\d{1,9}$/.test(text))
    throw new FsError('EINVAL', `${option}: write a number such as 100, not ${text}`);
  return { [field]: Number(text) } as { readonly [P in K]?: number };
}

function inputSize(option: string, text: string | undefined): { readonly smallest?: number } {
  if (text === undefined) return {};
  const smallest = parseSize(text);
  if (smallest === null) throw new FsError('EINVAL', `${option}: write a size such as 10MiB, not ${text}`);
  return { smallest };
}
