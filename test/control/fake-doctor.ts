import { picklist, strictObject, string } from 'valibot';
import type { Command } from '../../src/lib/command.js';
import type { Finding } from '../../src/lib/doctor-protocol.js';
import { LOG_LEVELS, type LogLevel } from '../../src/lib/log-level.js';
import type { FolderName } from '../../src/lib/names-protocol.js';
import type { CommandFor } from '../../src/lib/protocol.js';

/** Remembers what was asked and gives the answer, or the failure that a test wants. */
type Answer = <T>(route: string, input: unknown, output: T) => Promise<T>;

/** What a daemon finds that is well, but for one kernel limit. */
export const FINDINGS: readonly Finding[] = [
  {
    check: 'fuse',
    subject: '/dev/fuse',
    level: 'ok',
    message: 'is there and open to this user',
    advice: null,
  },
  {
    check: 'kernel',
    subject: '/mnt/films',
    level: 'warn',
    message: 'only 12 reads at once',
    advice: 'echo 48 | sudo tee /sys/fs/fuse/connections/52/max_background',
  },
];

const NAMES: readonly FolderName[] = [
  { name: '2026', kind: 'directory' },
  { name: 'My films', kind: 'directory' },
  { name: '新片.mkv', kind: 'file' },
];

/** What can be asked when something is wrong, and names for a shell. */
export function fakeDoctorCommands(
  answer: Answer,
  daemon: { findings: readonly Finding[]; logLevel: LogLevel },
): readonly Command[] {
  const doctor: CommandFor<'GET /v1/doctor'> = {
    ...{ name: 'doctor', method: 'GET', path: '/v1/doctor', summary: 'What is wrong' },
    input: strictObject({}),
    run: () => answer('GET /v1/doctor', {}, daemon.findings),
  };
  const level: CommandFor<'GET /v1/log/level'> = {
    ...{ name: 'log/level', method: 'GET', path: '/v1/log/level', summary: 'How much is logged' },
    input: strictObject({}),
    run: () => answer('GET /v1/log/level', {}, { level: daemon.logLevel, configured: 'info' }),
  };
  const setLevel: CommandFor<'POST /v1/log/level'> = {
    ...{ name: 'log/level', method: 'POST', path: '/v1/log/level', summary: 'Log more or less' },
    input: strictObject({ level: picklist(LOG_LEVELS) }),
    run: (input) => {
      daemon.logLevel = input.level;
      return answer('POST /v1/log/level', input, { level: input.level, configured: 'info' });
    },
  };
  const names: CommandFor<'GET /v1/names'> = {
    ...{ name: 'names', method: 'GET', path: '/v1/names', summary: 'The names in a folder' },
    input: strictObject({ folder: string() }),
    run: (input) => answer('GET /v1/names', input, NAMES),
  };
  return [doctor, level, setLevel, names];
}
