import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { FsError } from '../../lib/errors.js';
import { checkLink } from '../../lib/offline-link.js';
import type {
  OfflineAdded,
  OfflineAddOutput,
  OfflineQuotaRow,
  OfflineTorrentOutput,
  OfflineTorrentSource,
} from '../../lib/offline-protocol.js';
import { formatSize } from '../../lib/quantity.js';
import { placesOf } from './files.js';
import { describeQuota, shortTask } from './list.js';
import { watchOffline } from './watch.js';
import { placeName } from '../places.js';
import type { Action, Session } from '../session.js';
import { formatTable } from '../table.js';
import { STANDARD_INPUT } from '../terminal.js';
import { countOf } from '../words.js';

export interface OfflineAddArguments {
  /** `films:/2026`, or a path of this machine. */
  readonly to: string;
  /** Links, torrent files, `-` for a list on standard input. */
  readonly links: readonly string[];
  /** Which files of torrents, such as `1,3-5` or `all`. */
  readonly files: string | undefined;
  /** Only tells what torrents hold. */
  readonly showFiles: boolean;
  readonly watch: boolean;
}

/** Links in one request. */
const MOST_AT_ONCE = 500;

/** What fits into a request as base64. */
const LARGEST_TORRENT = 750 * 1024;

/** `panfuse offline add FOLDER LINK…` */
export function addOffline(given: OfflineAddArguments): Action {
  return async (session) => {
    const words = (await Promise.all(given.links.map((word) => linesOf(word, session)))).flat();
    const torrents = words.filter(isTorrent);
    const links = words.filter((word) => !isTorrent(word));
    refuseMistakes(given, links, torrents);
    const to = placeName(given.to, session);
    const outcomes = [
      ...(await addTorrents(torrents, { ...given, to }, session)),
      ...(await addLinks(links, to, session)),
    ];
    const refused = outcomes.filter(({ outcome }) => outcome === 'refused');
    if (given.watch && outcomes.length > refused.length) await watchOffline(driveOf(to))(session);
    if (refused.length > 0) throw whyRefused(refused, outcomes.length);
  };
}

function driveOf(place: string): string | undefined {
  return /^([^:/]+):/.exec(place)?.[1];
}

function isTorrent(word: string): boolean {
  return /\.torrent$/i.test(word) && !/^(https?|ftp):\/\//i.test(word);
}

/** Links are looked at before anybody is asked. */
function refuseMistakes(
  { files, showFiles, watch }: OfflineAddArguments,
  links: readonly string[],
  torrents: readonly string[],
): void {
  const problems = links.map(checkLink).flatMap((one) => (one.ok ? [] : [`${one.link}: ${one.problem}`]));
  if (problems.length > 0) throw new FsError('EINVAL', problems.join('\n'));
  if (links.length + torrents.length === 0) throw new FsError('EINVAL', 'there is no link to add');
  if (torrents.length === 0 && (files !== undefined || showFiles)) {
    throw new FsError('EINVAL', '--files and --show-files belong to a .torrent file');
  }
  if (showFiles && watch) throw new FsError('EINVAL', '--show-files adds nothing that could be watched');
  if (showFiles && links.length > 0)
    throw new FsError('EINVAL', '--show-files tells of .torrent files alone');
}

async function linesOf(word: string, { terminal, signal }: Session): Promise<readonly string[]> {
  if (word !== STANDARD_INPUT) return [word];
  const text = await terminal.readAll(signal);
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

async function addLinks(
  links: readonly string[],
  to: string,
  session: Session,
): Promise<readonly OfflineAdded[]> {
  const control = await session.control();
  const outcomes: OfflineAdded[] = [];
  for (let start = 0; start < links.length; start += MOST_AT_ONCE) {
    const input = { to, links: links.slice(start, start + MOST_AT_ONCE) };
    const done = await control.call('POST /v1/offline/add', input, { signal: session.signal });
    session.output.result(done, describeAdded(done));
    outcomes.push(...done.links);
  }
  return outcomes;
}

async function addTorrents(
  torrents: readonly string[],
  given: OfflineAddArguments,
  session: Session,
): Promise<readonly OfflineAdded[]> {
  const control = await session.control();
  const outcomes: OfflineAdded[] = [];
  for (const word of torrents) {
    const input = {
      to: given.to,
      torrent: await torrentSource(word, session),
      ...placesOf(given.files),
      add: !given.showFiles,
    };
    const done = await control.call('POST /v1/offline/torrent', input, { signal: session.signal });
    session.output.result(done, describeTorrent(done));
    if (done.added !== null) outcomes.push(done.added);
  }
  return outcomes;
}

/** One in a drive by its name; one of this machine by its bytes. */
async function torrentSource(word: string, session: Session): Promise<OfflineTorrentSource> {
  if (/^[^:/]+:\//.test(word)) return { path: word };
  const path = resolve(session.terminal.directory, word);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new FsError(
      'EINVAL',
      `${word} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  });
  if (bytes.length <= LARGEST_TORRENT) return { name: basename(path), content: bytes.toString('base64') };
  throw new FsError(
    'EFBIG',
    `${word} is larger than ${formatSize(LARGEST_TORRENT)}: copy it into the drive, and name it there (films:/a.torrent)`,
  );
}

function describeAdded({ links, quota }: OfflineAddOutput): string {
  return [formatTable(['id', 'outcome', 'link', 'why'], links.map(cells)), ...quotaLine(quota)].join('\n');
}

function describeTorrent({ name, files, added, quota }: OfflineTorrentOutput): string {
  const rows = files.map(({ path, size, chosen }, place) => [
    chosen ? '*' : '',
    String(place + 1),
    formatSize(size),
    path,
  ]);
  const list = `${name}: ${countOf(files.length, 'file')}, * is chosen\n${formatTable(['', 'no', 'size', 'path'], rows)}`;
  if (added === null) return `${list}\nChoose with --files, such as --files 1,3-5 or --files all`;
  return [list, formatTable(['id', 'outcome', 'link', 'why'], [cells(added)]), ...quotaLine(quota)].join(
    '\n',
  );
}

function cells({ id, outcome, link, message }: OfflineAdded): readonly string[] {
  const word = outcome === 'exists' ? 'is there already' : outcome;
  return [id === null ? '' : shortTask(id), word, link, message ?? ''];
}

function quotaLine(quota: OfflineQuotaRow | null): readonly string[] {
  return quota === null ? [] : [`Quota of ${describeQuota(quota)}`];
}

/** The exit code follows the first of them. */
function whyRefused(refused: readonly OfflineAdded[], total: number): FsError {
  const [first] = refused;
  const words = `${refused.length} of ${countOf(total, 'link')} refused: ${first?.message ?? ''}`;
  return new FsError(first?.errno === 'EDQUOT' ? 'EDQUOT' : 'EPERM', words, { reason: 'refused' });
}
