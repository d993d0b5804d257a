import { shortTask } from './offline-list.js';
import { CLEAR_STATES } from './offline-verbs.js';
import type { Session } from './session.js';

/** Words of `panfuse offline` that take tasks. */
const WITH_TASKS: readonly string[] = ['show', 'remove', 'retry'];

/**
 * What may stand for the last of the words after `panfuse offline`. Null when that is the parser's; empty leaves file
 * names to the shell. Rejects with FsError when nobody can be asked.
 */
export async function offlineNames(
  session: Session,
  words: readonly string[],
): Promise<readonly string[] | null> {
  const [word, ...rest] = words;
  if (word === undefined || rest.length === 0) return null;
  if (word === 'clear') return rest.length === 1 ? CLEAR_STATES : [];
  if (word === 'add') {
    const isFolder = !rest.slice(0, -1).some((one) => !one.startsWith('-'));
    return isFolder ? (await session.config()).drives.map(({ name }) => `${name}:/`) : [];
  }
  if (!WITH_TASKS.includes(word)) return null;
  const control = await session.control();
  const tasks = await control.call('GET /v1/offline', {}, { signal: session.signal });
  return tasks.map(({ id }) => shortTask(id));
}
