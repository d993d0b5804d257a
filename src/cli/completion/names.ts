import { EVENT_TYPES } from '../../lib/event-protocol.js';
import { LOG_LEVELS } from '../../lib/log-level.js';
import { COMPLETED_SHELLS } from './scripts.js';
import { shortTask } from '../offline/list.js';
import { CLEAR_STATES } from '../offline/verbs.js';
import type { Session } from '../session.js';
import { shortId } from '../transfers/list.js';
import { formerPath } from '../trash.js';

/**
 * What may stand at one place of a command, whatever of it is typed. None leaves file names to the shell. Rejects with
 * FsError when nobody can be asked.
 */
export type Proposals = (session: Session, typed: string) => Promise<readonly string[]>;

/** Paths of this machine, and what nobody can guess. */
export const shellNames: Proposals = () => Promise.resolve([]);

export const accountNames: Proposals = async (session) =>
  (await session.config()).accounts.map(({ name }) => name);

export const driveNames: Proposals = async (session) =>
  (await session.config()).drives.map(({ name }) => name);

export const mountPoints: Proposals = async (session) => {
  const control = await session.control();
  const mounts = await control.call('GET /v1/mounts', {}, { signal: session.signal });
  return mounts.map(({ path }) => path);
};

/** `films:/2026/`, a folder at a time. */
export const driveFolders: Proposals = async (session, typed) =>
  (await namesIn(session, typed)).filter((name) => name.endsWith('/'));

/** The same, and where drives are mounted; what is below a mount point the shell knows. */
export const folders: Proposals = async (session, typed) => [
  ...(await driveFolders(session, typed)),
  ...(await folderedMounts(session, typed)),
];

/** Files too. */
export const paths: Proposals = async (session, typed) => [
  ...(await namesIn(session, typed)),
  ...(await folderedMounts(session, typed)),
];

export const transferIds: Proposals = async (session) => {
  const control = await session.control();
  const drives = await control.call('GET /v1/transfers', {}, { signal: session.signal });
  return drives.flatMap(({ files, drafts }) => [...files, ...drafts]).map(({ id }) => shortId(id));
};

export const offlineTasks: Proposals = async (session) => {
  const control = await session.control();
  const tasks = await control.call('GET /v1/offline', {}, { signal: session.signal });
  return tasks.map(({ id }) => shortTask(id));
};

/** Of the recycle bin: where it was, or its id when nobody knows. */
export const trashEntries: Proposals = async (session) => {
  const control = await session.control();
  const rows = await control.call('GET /v1/trash', {}, { signal: session.signal });
  return rows.map((row) => formerPath(row) ?? row.id);
};

export const clearStates: Proposals = () => Promise.resolve(CLEAR_STATES);

/** One of them, or one more behind a comma. */
export const eventTypes: Proposals = (_session, typed) => {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  return Promise.resolve(EVENT_TYPES.map((type) => `${before}${type}`));
};

export const completedShells: Proposals = () => Promise.resolve(COMPLETED_SHELLS);

export const logLevels: Proposals = () => Promise.resolve(LOG_LEVELS);

async function namesIn(session: Session, typed: string): Promise<readonly string[]> {
  const [, folder] = /^([^:/]+:\/(?:.*\/)?)[^/]*$/s.exec(typed) ?? [];
  if (folder === undefined) return (await driveNames(session, typed)).map((name) => `${name}:/`);
  const control = await session.control();
  const names = await control.call('GET /v1/names', { folder }, { signal: session.signal });
  // A shell takes each line for a proposal.
  const printable = names.filter(({ name }) => !/\p{Cc}/u.test(name));
  return printable.map(({ name, kind }) => `${folder}${name}${kind === 'directory' ? '/' : ''}`);
}

/** None without a daemon: the drives of the configuration are offered all the same. */
async function folderedMounts(session: Session, typed: string): Promise<readonly string[]> {
  if (typed.includes(':')) return [];
  const mounts = await mountPoints(session, typed).catch(() => []);
  return mounts.map((path) => `${path}/`);
}
