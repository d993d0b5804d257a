import type { Argv } from 'yargs';
import { FsError } from '../../lib/errors.js';
import type { TransferVerb } from '../../lib/protocol.js';
import { OWN_OPTIONS } from '../option-groups.js';
import type { Action } from '../session.js';
import { actOnTransfers, dropTransfers } from './actions.js';
import { waitForTransfers } from './wait.js';
import { showTransfers } from './list.js';

/** What a verb about some transfers is, and an example of it. */
interface Verb {
  readonly verb: Exclude<TransferVerb, 'drop'>;
  readonly describe: string;
  readonly examples: readonly (readonly [string, string])[];
  /** Whether it means everything when nothing is named. */
  readonly all: boolean;
}

/** The words after `panfuse transfers`. */
export const TRANSFER_WORDS: readonly TransferVerb[] = ['pause', 'resume', 'cancel', 'retry', 'keep', 'drop'];

const VERBS: readonly Verb[] = [
  {
    verb: 'pause',
    describe: 'Send nothing of these, or of any, until they are resumed',
    examples: [
      ['panfuse transfers pause', 'all uploads'],
      ['panfuse transfers pause 3f2a91bc', 'one of them, by the id that is shown'],
    ],
    all: true,
  },
  {
    verb: 'resume',
    describe: 'Go on with these, or with all',
    examples: [['panfuse transfers resume --drive films', 'those of a drive']],
    all: true,
  },
  {
    verb: 'cancel',
    describe: 'Keep the bytes here and upload them no more, until they are retried',
    examples: [['panfuse transfers cancel /mnt/films/big.mkv', '']],
    all: false,
  },
  {
    verb: 'retry',
    describe: 'Try these at once, or all that failed or wait for another try',
    examples: [['panfuse transfers retry', 'after the cause is gone']],
    all: true,
  },
  {
    verb: 'keep',
    describe: 'Take drafts for closed: upload them with the bytes that they have',
    examples: [['panfuse transfers keep 3f2a91bc', '']],
    all: false,
  },
];

/** Adds `panfuse transfers` with all its words. */
export function addTransferVerbs(parser: Argv, choose: (action: Action) => void): Argv {
  return parser.command(
    'transfers',
    'What the clouds do not have yet: files on their way, drafts, changes',
    (verb) => addListOptions(addDrop(addWords(verb, choose), choose)),
    ({ drive, wait, watch, timeout }) => {
      const waits = wait || watch;
      if (timeout !== undefined && !waits) choose(refuseTimeout);
      else choose(waits ? waitForTransfers({ drive, watch, timeout }) : showTransfers(drive));
    },
  );
}

function addListOptions(verb: Argv) {
  // Not for the words behind it: they have options of their own.
  const global = false;
  return driveOption(verb)
    .option('wait', {
      ...{ type: 'boolean', default: false, global },
      describe: 'Wait until nothing is on its way any more',
    })
    .option('watch', {
      ...{ type: 'boolean', default: false, global },
      describe: 'The same, with a bar for each file',
    })
    .option('timeout', {
      ...{ type: 'string', requiresArg: true, global },
      describe: 'How long to wait at most, such as 10m (then the exit code is 5)',
    })
    .group(['drive', 'wait', 'watch', 'timeout'], OWN_OPTIONS)
    .example('panfuse transfers', 'list them')
    .example('panfuse transfers --wait --timeout 10m && poweroff', 'when all is in the cloud');
}

function addWords(parser: Argv, choose: (action: Action) => void): Argv {
  return VERBS.reduce(
    (before, { verb, describe, examples, all }) =>
      before.command(
        `${verb} ${all ? '[transfer..]' : '<transfer..>'}`,
        describe,
        (part) => {
          const named = driveOption(transferPositional(part)).group('drive', OWN_OPTIONS);
          return examples.reduce((with_, [command, words]) => with_.example(command, words), named);
        },
        ({ transfer, drive }) => choose(actOnTransfers(verb, { transfers: transfer ?? [], drive })),
      ),
    parser,
  );
}

function addDrop(parser: Argv, choose: (action: Action) => void): Argv {
  return parser.command(
    'drop <transfer..>',
    'Give up bytes that are only on this machine, for good',
    (part) =>
      driveOption(transferPositional(part))
        .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'Do not ask' })
        .group(['drive', 'yes'], OWN_OPTIONS)
        .example('panfuse transfers drop 3f2a91bc', 'asks first'),
    ({ transfer, drive, yes }) => choose(dropTransfers({ transfers: transfer ?? [], drive }, yes)),
  );
}

function transferPositional(part: Argv) {
  // Otherwise only the last of them would be heard.
  return part.parserConfiguration({ 'duplicate-arguments-array': true }).positional('transfer', {
    type: 'string',
    array: true,
    describe: 'the id that is shown, or a path; a folder means all below it',
  });
}

function driveOption<T>(part: Argv<T>) {
  return part.option('drive', {
    ...{ type: 'string', requiresArg: true, global: false },
    describe: 'Only those of this drive',
  });
}

function refuseTimeout(): Promise<void> {
  return Promise.reject(new FsError('EINVAL', '--timeout belongs to --wait or --watch'));
}
