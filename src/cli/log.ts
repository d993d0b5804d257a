import { FsError } from '../lib/errors.js';
import { LOG_LEVELS, type LogLevelRow } from '../lib/log-level.js';
import type { Action } from './session.js';

/** `panfuse log level [LEVEL]` */
export function logLevel(word: string | undefined): Action {
  return async (session) => {
    const control = await session.control();
    const { signal } = session;
    if (word === undefined) {
      const row = await control.call('GET /v1/log/level', {}, { signal });
      session.output.result(row, describe(row));
      return;
    }
    const level = LOG_LEVELS.find((known) => known === word);
    if (level === undefined) throw new FsError('EINVAL', `${word}: write one of ${LOG_LEVELS.join(', ')}`);
    const row = await control.call('POST /v1/log/level', { level }, { signal });
    session.output.result(row, `${describe(row)}, until the daemon ends`);
  };
}

function describe({ level, configured }: LogLevelRow): string {
  return level === configured ? level : `${level} (${configured} in the configuration)`;
}
