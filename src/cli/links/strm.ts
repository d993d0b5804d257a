import { resolve } from 'node:path';
import { FsError } from '../../lib/errors.js';
import type { LinksFolderOutput } from '../../lib/links-protocol.js';
import { placeName } from '../places.js';
import { startProgress } from '../progress.js';
import type { Action, Session } from '../session.js';
import { StrmFolder } from './strm-folder.js';
import { type StrmReport, StrmUpdate, type StrmUpdateParts } from './strm-update.js';
import { countOf } from '../words.js';

export interface StrmArguments {
  /** `films:/2026`, or a folder inside a mount. */
  readonly source: string;
  /** A folder of this machine. */
  readonly folder: string;
  /** `mkv,mp4` */
  readonly extensions: string | undefined;
  /** How players reach the listener. */
  readonly urlPrefix: string | undefined;
  /** Paths inside the mount instead of web addresses. */
  readonly mount: boolean;
}

/** `panfuse strm PATH FOLDER` */
export function writeStrm(given: StrmArguments): Action {
  return async (session) => {
    const control = await session.control();
    const { signal } = session;
    const extensions = extensionsOf(given);
    const ask = (path: string): Promise<LinksFolderOutput> =>
      control.call('POST /v1/links/folder', { path, ...extensions }, { signal });
    const top = await ask(placeName(given.source, session));
    const contentOf = contents(given, top);
    const source = `${top.drive}:${top.path}`;
    const path = resolve(session.terminal.directory, given.folder);
    const folder = await StrmFolder.open(path, source);
    const { report, failure } = await update(session, top, { folder, ask, contentOf });
    session.output.result({ source, folder: path, ...report }, describeReport(report));
    if (failure !== null) throw failure;
  };
}

async function update(
  session: Session,
  top: LinksFolderOutput,
  parts: Pick<StrmUpdateParts, 'folder' | 'ask' | 'contentOf'>,
): Promise<{ readonly report: StrmReport; readonly failure: FsError | null }> {
  const { signal, output, terminal } = session;
  const progress = output.json ? null : startProgress(terminal);
  const pass = new StrmUpdate({
    ...parts,
    signal,
    onFolder: (path, folders, files) =>
      progress?.update(`${countOf(folders, 'folder')}, ${countOf(files, 'file')}; now ${path}`),
  });
  try {
    return { report: await pass.run(top), failure: pass.failure };
  } finally {
    progress?.end();
    await parts.folder.save();
  }
}

function extensionsOf({ extensions }: StrmArguments): { readonly extensions?: readonly string[] } {
  if (extensions === undefined) return {};
  const words = extensions.split(',').map((word) => word.trim().replace(/^\*?\./, ''));
  if (words.some((word) => !/^[^./]+$/.test(word)))
    throw new FsError('EINVAL', `--extensions: write them with commas, such as mkv,mp4, not ${extensions}`);
  return { extensions: words };
}

/** What stands in a .strm file. Throws FsError EINVAL when it is not known how players come to the files. */
function contents(given: StrmArguments, top: LinksFolderOutput): StrmUpdateParts['contentOf'] {
  if (given.mount) {
    mountOf(top);
    return (folder, { name }) => `${mountOf(folder)}/${name}`;
  }
  const origin = given.urlPrefix === undefined ? top.origin : prefixOf(given.urlPrefix);
  const words = `${top.trouble ?? 'nobody listens for players'}; or write paths of the mount, with --mount`;
  if (origin === null) throw new FsError('EINVAL', words);
  return (_folder, { address }) => {
    if (address === null) throw new FsError('EINVAL', words);
    return origin + address;
  };
}

function mountOf({ drive, path, mount }: LinksFolderOutput): string {
  if (mount !== null) return mount.replace(/\/$/, '');
  throw new FsError('EINVAL', `no mount shows ${drive}:${path}: panfuse mounts lists them`);
}

function prefixOf(text: string): string {
  if (!/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) {
    throw new FsError(
      'EINVAL',
      `--url-prefix: write a web address such as https://media.example/films, not ${text}`,
    );
  }
  return text.replace(/\/+$/, '');
}

function describeReport({ folders, written, rewritten, unchanged, removed, problems }: StrmReport): string {
  const all = written + rewritten + unchanged;
  const done = `${written} new, ${rewritten} changed, ${unchanged} as they were, ${removed} removed`;
  const lines = problems.map(({ path, message }) => `! ${path}: ${message}`);
  return [`${countOf(all, 'file')} of ${countOf(folders, 'folder')}: ${done}`, ...lines].join('\n');
}
