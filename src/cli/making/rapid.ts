import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { MadeOutput, RapidImportInput } from '../../lib/copy-protocol.js';
import { FsError } from '../../lib/errors.js';
import { parseSize } from '../../lib/quantity.js';
import { formatListedFile, type ListedFile, parseRapidList } from '../../lib/rapid-list.js';
import { startMadeProgress } from './made-progress.js';
import { describeMade, whyNotAll } from './made-rows.js';
import { placeName } from '../places.js';
import { startProgress } from '../progress.js';
import type { Action, Session } from '../session.js';
import { STANDARD_INPUT } from '../terminal.js';
import { countOf } from '../words.js';

/** What one request of an import carries at most. */
const MOST_FILES = 500;
const MOST_CHARACTERS = 256 * 1024;

export interface PutArguments {
  /** Files and folders of this machine, and where they go as the last. */
  readonly words: readonly string[];
  readonly name: string | undefined;
  readonly orUpload: boolean;
  readonly maxSize: string | undefined;
  readonly dryRun: boolean;
}

/** `panfuse rapid put FILE… FOLDER` */
export function putRapid({ words, name, orUpload, maxSize, dryRun }: PutArguments): Action {
  return async (session) => {
    const { from, to } = sourcesAndTarget(words, session);
    const files = from.map((file) => resolve(session.terminal.directory, file));
    const options = {
      ...(name === undefined ? {} : { name }),
      ...(maxSize === undefined ? {} : { maxSize: sizeOf(maxSize) }),
    };
    const input = { to, files, orUpload, dryRun, ...options };
    const control = await session.control();
    const display = startMadeProgress(session);
    const made = await control
      .call('POST /v1/rapid/put', input, { signal: session.signal, onProgress: display.show })
      .finally(() => display.end());
    tell(made, session);
  };
}

export interface ExportArguments {
  readonly paths: readonly string[];
  readonly heads: boolean;
  /** A file to write it to. */
  readonly output: string | undefined;
}

/** `panfuse rapid export PATH…` */
export function exportRapid({ paths, heads, output }: ExportArguments): Action {
  return async (session) => {
    const control = await session.control();
    const input = { paths: paths.map((path) => placeName(path, session)), heads };
    const line = session.output.json ? null : startProgress(session.terminal);
    const onProgress = (event: { files: number; path: string }): void =>
      line?.update(`${countOf(event.files, 'file')}: ${event.path}`);
    const found = await control
      .call('POST /v1/rapid/export', input, { signal: session.signal, onProgress })
      .finally(() => line?.end());
    for (const { path, message } of found.left) session.output.note(`${path}: left out: ${message}`);
    const lines = found.files.map(formatListedFile);
    if (output === undefined) session.output.result(found, lines.join('\n'));
    else {
      const path = resolve(session.terminal.directory, output);
      await written(path, `${lines.join('\n')}\n`);
      session.output.result(
        { output: path, files: lines.length, left: found.left },
        `${countOf(lines.length, 'file')} in ${path}`,
      );
    }
  };
}

export interface ImportArguments {
  /** A path, or standard input. */
  readonly list: string;
  readonly to: string;
  readonly from: string | undefined;
  readonly dryRun: boolean;
}

/** `panfuse rapid import LIST FOLDER` */
export function importRapid({ list, to, from, dryRun }: ImportArguments): Action {
  return async (session) => {
    const { files, problems } = parseRapidList(await textOf(list, session));
    for (const problem of problems) session.output.note(`left out: ${problem}`);
    const given = {
      to: placeName(to, session),
      dryRun,
      ...(from === undefined ? {} : { from: placeName(from, session) }),
    };
    tell(await importAll(files, given, session), session);
  };
}

async function importAll(
  files: readonly ListedFile[],
  given: Omit<RapidImportInput, 'files' | 'before'>,
  session: Session,
): Promise<MadeOutput> {
  const control = await session.control();
  const display = startMadeProgress(session);
  let all: MadeOutput = { files: [], sent: 0, proved: 0, readBack: 0, stopped: null };
  try {
    for (const some of portionsOf(files)) {
      const before = all.files.filter(({ outcome }) => outcome === 'known').length;
      const input = { ...given, files: some, before };
      const options = { signal: session.signal, onProgress: display.show };
      const made = await control.call('POST /v1/rapid/import', input, options);
      all = {
        files: [...all.files, ...made.files],
        sent: all.sent + made.sent,
        proved: all.proved + made.proved,
        readBack: all.readBack + made.readBack,
        stopped: made.stopped,
      };
      if (made.stopped !== null) break;
    }
  } finally {
    display.end();
  }
  return all;
}

function* portionsOf(files: readonly ListedFile[]): Generator<readonly ListedFile[]> {
  let portion: ListedFile[] = [];
  let characters = 0;
  for (const file of files) {
    portion.push(file);
    characters += formatListedFile(file).length;
    if (portion.length < MOST_FILES && characters < MOST_CHARACTERS) continue;
    yield portion;
    portion = [];
    characters = 0;
  }
  if (portion.length > 0) yield portion;
}

/** What several words mean of which the last is where the others go. Throws FsError EINVAL. */
export function sourcesAndTarget(
  words: readonly string[],
  session: Session,
): { readonly from: readonly string[]; readonly to: string } {
  const [to, ...from] = [...words].reverse();
  if (to === undefined || from.length === 0) {
    throw new FsError('EINVAL', 'name what is to be copied, and last where to, such as films:/2026');
  }
  return { from: from.reverse(), to: placeName(to, session) };
}

/** The outcome; an error when not all is as was asked for. */
export function tell(made: MadeOutput, session: Session): void {
  session.output.result(made, describeMade(made, session.output));
  const error = whyNotAll(made);
  if (error !== null) throw error;
}

async function textOf(list: string, { terminal, signal }: Session): Promise<string> {
  if (list === STANDARD_INPUT) return await terminal.readAll(signal);
  const path = resolve(terminal.directory, list);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FsError('EINVAL', `${list} cannot be read: ${why}`, { cause: error });
  }
}

async function written(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FsError('EIO', `${path} cannot be written: ${why}`, { cause: error });
  }
}

function sizeOf(text: string): number {
  const bytes = parseSize(text);
  if (bytes === null) throw new FsError('EINVAL', `--max-size: write a size such as 20GiB, not ${text}`);
  return bytes;
}
