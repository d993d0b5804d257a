import type { OfflineClearState, OfflineTasksOutput } from '../../lib/offline-protocol.js';
import { ofDrive, shortTask } from './list.js';
import type { Action } from '../session.js';
import { countOf } from '../words.js';

export interface OfflineTaskArguments {
  /** Ids or links. */
  readonly tasks: readonly string[];
  readonly drive: string | undefined;
}

const CLEARED: Readonly<Record<OfflineClearState, string>> = {
  done: 'What is done has left the list',
  failed: 'What failed has left the list',
  running: 'What ran has ended and left the list',
  all: 'The list is empty',
};

/** `panfuse offline remove TASK…` */
export function removeOffline({ tasks, drive }: OfflineTaskArguments, files: boolean): Action {
  return async (session) => {
    const control = await session.control();
    const input = { tasks, files, ...ofDrive(drive) };
    const done = await control.call('POST /v1/offline/remove', input, { signal: session.signal });
    const what = files ? 'removed, their files are in the recycle bin' : 'removed, their files stay';
    session.output.result(done, describeDone(done, what));
  };
}

/** `panfuse offline retry [TASK…]` */
export function retryOffline({ tasks, drive }: OfflineTaskArguments): Action {
  return async (session) => {
    const control = await session.control();
    const input = { tasks, ...ofDrive(drive) };
    const done = await control.call('POST /v1/offline/retry', input, { signal: session.signal });
    session.output.result(done, describeDone(done, 'begun again'));
  };
}

/** `panfuse offline clear STATE` */
export function clearOffline(state: OfflineClearState, drive: string | undefined): Action {
  return async (session) => {
    const control = await session.control();
    const input = { state, ...ofDrive(drive) };
    const done = await control.call('POST /v1/offline/clear', input, { signal: session.signal });
    session.output.result(done, `${CLEARED[state]} of ${done.accounts.join(', ')}; files stay`);
  };
}

function describeDone({ tasks }: OfflineTasksOutput, what: string): string {
  if (tasks.length === 0) return 'There was nothing to do.';
  const lines = tasks.map(({ id, name }) => `${shortTask(id)}  ${name ?? ''}`.trimEnd());
  return [`${countOf(tasks.length, 'download')} ${what}`, ...lines].join('\n');
}
