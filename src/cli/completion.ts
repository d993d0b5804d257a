import { offlineNames } from './offline-completion.js';
import type { Session } from './session.js';
import { TRANSFER_WORDS } from './transfer-verbs.js';
import { shortId } from './transfers.js';

/** The hidden option by which a shell's completion script asks. */
export const COMPLETION_OPTION = '--get-yargs-completions';

/** Names that a verb takes as its first argument, from the configuration or the daemon. */
const NAMES: Readonly<Record<string, (session: Session) => Promise<readonly string[]>>> = {
  login: async (session) => (await session.config()).accounts.map(({ name }) => name),
  mount: async (session) => (await session.config()).drives.map(({ name }) => `${name}:/`),
  unmount: mountedPaths,
  umount: mountedPaths,
  refresh: mountedPaths,
};

/**
 * What a shell may put for the last of these words (the program's name first) when a name stands there.
 * Null when no name does: options and verbs are the parser's. Empty leaves file names to the shell.
 */
export async function completeNames(
  session: Session,
  words: readonly string[],
): Promise<readonly string[] | null> {
  const [verb, ...rest] = words.slice(1);
  const current = rest.at(-1);
  if (verb === undefined || current === undefined || current.startsWith('-')) return null;
  if (verb === 'transfers') return await completeTransfers(session, rest);
  if (verb === 'offline') return await completeOffline(session, rest);
  const names = NAMES[verb];
  if (names === undefined) return null;
  if (rest.slice(0, -1).some((word) => !word.startsWith('-'))) return [];
  try {
    const found = (await names(session)).filter((name) => name.startsWith(current));
    return isZsh(session) ? found.map((name) => name.replaceAll(':', '\\:')) : found;
  } catch {
    // A shell that completes shows whatever is printed as a proposal: without names there is none.
    return [];
  }
}

/** Ids behind one of its words; where none fits, the shell knows paths. */
async function completeTransfers(
  session: Session,
  words: readonly string[],
): Promise<readonly string[] | null> {
  const [word, ...rest] = words;
  const current = rest.at(-1);
  if (current === undefined || !TRANSFER_WORDS.some((known) => known === word)) return null;
  try {
    const control = await session.control();
    const drives = await control.call('GET /v1/transfers', {}, { signal: session.signal });
    const rows = drives.flatMap(({ files, drafts }) => [...files, ...drafts]);
    return rows.map(({ id }) => shortId(id)).filter((id) => id.startsWith(current));
  } catch {
    // A shell that completes shows whatever is printed as a proposal: without ids there is none.
    return [];
  }
}

async function completeOffline(
  session: Session,
  words: readonly string[],
): Promise<readonly string[] | null> {
  const current = words.at(-1) ?? '';
  try {
    const names = await offlineNames(session, words);
    const found = names?.filter((name) => name.startsWith(current)) ?? null;
    return found !== null && isZsh(session) ? found.map((name) => name.replaceAll(':', '\\:')) : found;
  } catch {
    // A shell that completes shows whatever is printed as a proposal: without names there is none.
    return [];
  }
}

async function mountedPaths(session: Session): Promise<readonly string[]> {
  const control = await session.control();
  const mounts = await control.call('GET /v1/mounts', {}, { signal: session.signal });
  return mounts.map(({ path }) => path);
}

/** There a colon ends the proposal and begins its description. */
function isZsh(session: Session): boolean {
  return session.terminal.host.variables['SHELL']?.includes('zsh') === true;
}
