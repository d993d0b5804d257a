import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { CopyInput, MadeOutput, MadeRow } from '../../lib/copy-protocol.js';
import { FsError } from '../../lib/errors.js';
import { startMadeProgress } from './made-progress.js';
import { placeName } from '../places.js';
import { sourcesAndTarget, tell } from './rapid.js';
import type { Action, Session } from '../session.js';

/** Outcomes after which the cloud has what this machine has. */
const CONFIRMED: readonly MadeRow['outcome'][] = ['known', 'uploaded', 'there'];

export interface CopyArguments {
  /** What is copied, and where to as the last. */
  readonly words: readonly string[];
  readonly wait: boolean;
}

/** `panfuse cp PATH… PATH` */
export function copyFiles({ words, wait }: CopyArguments): Action {
  return async (session) => {
    const input = { ...inputOf(words, session), wait };
    tell(await ask('POST /v1/copy', input, session), session);
  };
}

/** `panfuse mv PATH… PATH`: what is moved from this machine is removed here, with the rights of whoever asks. */
export function moveFiles(words: readonly string[]): Action {
  return async (session) => {
    const input = inputOf(words, session);
    const local = await localOf(input.from, session);
    if (local.length === 0) {
      tell(await ask('POST /v1/move', input, session), session);
      return;
    }
    if (local.length < input.from.length)
      throw new FsError('EINVAL', 'move what is on this machine and what is in drives one after the other');
    const before = await timesOf(local);
    const made = await ask('POST /v1/copy', { ...input, wait: true }, session);
    await removeCopied(made, before);
    if (made.files.every(({ outcome }) => CONFIRMED.includes(outcome)))
      for (const path of local) await removeEmpty(path);
    tell(made, session);
  };
}

function inputOf(words: readonly string[], session: Session): CopyInput {
  const { from, to } = sourcesAndTarget(words, session);
  return { from: from.map((name) => placeName(name, session)), to };
}

async function ask(
  route: 'POST /v1/copy' | 'POST /v1/move',
  input: CopyInput,
  session: Session,
): Promise<MadeOutput> {
  const control = await session.control();
  const display = startMadeProgress(session);
  return await control
    .call(route, input, { signal: session.signal, onProgress: display.show })
    .finally(() => display.end());
}

/** Those that are of this machine and in no mount. */
async function localOf(names: readonly string[], session: Session): Promise<readonly string[]> {
  const paths = names.filter((name) => name.startsWith('/'));
  if (paths.length === 0) return [];
  const control = await session.control();
  const mounts = await control.call('GET /v1/mounts', {}, { signal: session.signal });
  return paths.filter(
    (path) => !mounts.some((mount) => path === mount.path || path.startsWith(`${mount.path}/`)),
  );
}

/** When each file at or below these paths was changed last. */
async function timesOf(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (const path of paths) {
    const stats = await lstat(path).catch(() => null);
    if (stats?.isDirectory() === true) {
      const children = (await readdir(path)).map((name) => join(path, name));
      for (const [child, time] of await timesOf(children)) times.set(child, time);
    } else if (stats !== null) times.set(path, stats.mtimeMs);
  }
  return times;
}

/** What was written to meanwhile stays: nobody else has those bytes. */
async function removeCopied({ files }: MadeOutput, before: ReadonlyMap<string, number>): Promise<void> {
  for (const { from, outcome } of files) {
    if (!CONFIRMED.includes(outcome)) continue;
    const { mtimeMs } = await lstat(from).catch(() => ({ mtimeMs: null }));
    if (mtimeMs === null) continue;
    if (mtimeMs !== before.get(from))
      throw new FsError(
        'ESTALE',
        `${from} was changed meanwhile: it stays, and the cloud has what it was before`,
      );
    await removed(from, unlink(from));
  }
}

/** Folders that hold nothing but folders that hold nothing. */
async function removeEmpty(path: string): Promise<void> {
  const children = await readdir(path, { withFileTypes: true }).catch(() => null);
  // What was a file is gone by now.
  if (children === null) return;
  for (const child of children) if (child.isDirectory()) await removeEmpty(join(path, child.name));
  await removed(path, rmdir(path));
}

async function removed(path: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FsError('EPERM', `${path} is in the cloud, but cannot be removed here: ${why}`, {
      cause: error,
    });
  }
}
