import { picklist, strictObject } from 'valibot';
import type { Command } from '../lib/command.js';
import { type LogLevel, LOG_LEVELS, type LogLevelRow } from '../lib/log-level.js';
import type { CommandFor } from '../lib/protocol.js';

/** A log whose level can be changed while it is written. */
export interface LevelledLog {
  level: LogLevel;
}

/** Commands that tell and change what is written to the log, until the daemon ends. */
export function logCommands(log: LevelledLog, configured: LogLevel): readonly Command[] {
  const row = (): LogLevelRow => ({ level: log.level, configured });
  const show: CommandFor<'GET /v1/log/level'> = {
    name: 'log/level',
    method: 'GET',
    path: '/v1/log/level',
    summary: 'What is written to the log',
    input: strictObject({}),
    run: () => Promise.resolve(row()),
  };
  const set: CommandFor<'POST /v1/log/level'> = {
    name: 'log/level',
    method: 'POST',
    path: '/v1/log/level',
    summary: 'Write more or less to the log, until the daemon ends',
    input: strictObject({ level: picklist(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`) }),
    run: ({ level }) => {
      log.level = level;
      return Promise.resolve(row());
    },
  };
  return [show, set];
}
