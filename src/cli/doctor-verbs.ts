import type { Argv } from 'yargs';
import { LOG_LEVELS } from '../lib/log-level.js';
import { callDoctor } from './doctor.js';
import { logLevel } from './log.js';
import type { Action } from './session.js';

/** Adds the verbs that one needs when something is wrong. */
export function addDoctorVerbs(parser: Argv, choose: (action: Action) => void): Argv {
  return parser
    .command(
      'doctor',
      'What is wrong on this machine, and what to do about it',
      (verb) =>
        verb
          .example('panfuse doctor', 'with a running daemon or without one')
          .example(
            'panfuse doctor --json',
            'for a program: a list of { check, subject, level, message, advice }',
          ),
      () => choose(callDoctor),
    )
    .command('log', 'What the daemon writes to its log', (verb) =>
      addLevel(verb, choose)
        .demandCommand(1, 'Say what to do: level')
        .example('panfuse log level debug', 'until the daemon ends'),
    );
}

function addLevel(verb: Argv, choose: (action: Action) => void): Argv {
  return verb.command(
    'level [level]',
    'Show how much is written, or change it at once',
    (part) =>
      part
        .positional('level', { type: 'string', describe: LOG_LEVELS.join(', ') })
        .example('panfuse log level', 'what it is now')
        .example('panfuse log level debug', 'until the daemon ends'),
    ({ level }) => choose(logLevel(level)),
  );
}
