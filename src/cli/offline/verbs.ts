import type { Argv } from 'yargs';
import { FsError } from '../../lib/errors.js';
import type { OfflineClearState } from '../../lib/offline-protocol.js';
import { clearOffline, removeOffline, retryOffline } from './actions.js';
import { addOffline } from './add.js';
import { listOffline, showOffline, showQuota } from './list.js';
import { watchOffline } from './watch.js';
import { OWN_OPTIONS } from '../option-groups.js';
import type { Action } from '../session.js';

type Choose = (action: Action) => void;

/** What can be cleared at once. */
export const CLEAR_STATES: readonly OfflineClearState[] = ['done', 'failed', 'running', 'all'];

/** Adds `panfuse offline` with all its words. */
export function addOfflineVerbs(parser: Argv, choose: Choose): Argv {
  return parser.command('offline', 'Downloads that a cloud does by itself', (verb) =>
    [addAdd, addList, addShow, addRemove, addRetry, addClear, addQuota]
      .reduce((before, add) => add(before, choose), verb)
      .demandCommand(1, 'Say what to do: add, list, show, remove, retry, clear or quota')
      .example(
        'panfuse offline add films:/2026 "magnet:?xt=urn:btih:…"',
        'the files appear there by themselves',
      )
      .example('panfuse offline list --watch', 'how far it is'),
  );
}

function addAdd(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'add <folder> <link..>',
    'Ask for links, or for files of a torrent',
    (part) =>
      severalWords(part)
        .positional('folder', {
          type: 'string',
          demandOption: true,
          describe: 'DRIVE:/FOLDER, or a folder inside a mount',
        })
        .positional('link', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'magnet, http, https, ftp or ed2k link; a .torrent file; - for a list on standard input',
        })
        .option('files', {
          type: 'string',
          requiresArg: true,
          describe: 'Which files of a torrent, such as 1,3-5 or all',
        })
        .option('show-files', { type: 'boolean', default: false, describe: 'Only tell what a torrent holds' })
        .option('watch', {
          type: 'boolean',
          default: false,
          describe: 'Show how far it is, until it is done',
        })
        .group(['files', 'show-files', 'watch'], OWN_OPTIONS)
        .example('panfuse offline add films:/2026 https://example.org/a.iso', '')
        .example('panfuse offline add /mnt/films/2026 - < links.txt', 'a link a line')
        .example('panfuse offline add films: a.torrent --show-files', 'then add it with --files 1,3'),
    ({ folder, link, files, showFiles, watch }) =>
      choose(addOffline({ to: folder, links: link, files, showFiles, watch })),
  );
}

function addList(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'list',
    'List them',
    (part) =>
      driveOption(part)
        .option('watch', { type: 'boolean', default: false, describe: 'With bars, until none runs any more' })
        .group(['drive', 'watch'], OWN_OPTIONS)
        .example('panfuse offline list', '')
        .example('panfuse offline list --watch --json', 'for a program: a line whenever it was looked'),
    ({ drive, watch }) => choose(watch ? watchOffline(drive) : listOffline(drive)),
  );
}

function addShow(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'show <task>',
    'Everything about one of them',
    (part) =>
      driveOption(part)
        .positional('task', {
          type: 'string',
          demandOption: true,
          describe: 'the id that is shown, or the link',
        })
        .group('drive', OWN_OPTIONS)
        .example('panfuse offline show 0b2ed1c6', ''),
    ({ task, drive }) => choose(showOffline(task, drive)),
  );
}

function addRemove(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'remove <task..>',
    'Take some out of the list; what still runs ends',
    (part) =>
      taskPositional(driveOption(part))
        .option('files', {
          type: 'boolean',
          default: false,
          describe: 'Put what they brought into the recycle bin',
        })
        .group(['drive', 'files'], OWN_OPTIONS)
        .example('panfuse offline remove 0b2ed1c6', 'its files stay'),
    ({ task, drive, files }) => choose(removeOffline({ tasks: task ?? [], drive }, files)),
  );
}

function addRetry(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'retry [task..]',
    'Begin some again, or all that failed',
    (part) =>
      taskPositional(driveOption(part))
        .group('drive', OWN_OPTIONS)
        .example('panfuse offline retry', 'all that failed'),
    ({ task, drive }) => choose(retryOffline({ tasks: task ?? [], drive })),
  );
}

function addClear(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'clear <state>',
    'Take all of a state out of the list; files stay',
    (part) =>
      driveOption(part)
        .positional('state', { type: 'string', demandOption: true, describe: CLEAR_STATES.join(', ') })
        .group('drive', OWN_OPTIONS)
        .example('panfuse offline clear done', ''),
    ({ state, drive }) => choose(clear(state, drive)),
  );
}

function addQuota(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'quota',
    'How many more links can be asked for',
    (part) =>
      driveOption(part).group('drive', OWN_OPTIONS).example('panfuse offline quota --json', 'for a program'),
    ({ drive }) => choose(showQuota(drive)),
  );
}

function clear(word: string, drive: string | undefined): Action {
  const state = CLEAR_STATES.find((known) => known === word);
  if (state !== undefined) return clearOffline(state, drive);
  const problem = new FsError('EINVAL', `${word}: write one of ${CLEAR_STATES.join(', ')}`);
  return () => Promise.reject(problem);
}

function taskPositional<T>(part: Argv<T>) {
  return severalWords(part).positional('task', {
    type: 'string',
    array: true,
    describe: 'the id that is shown, or the link',
  });
}

/** Otherwise only the last of several words would be heard. */
function severalWords<T>(part: Argv<T>): Argv<T> {
  return part.parserConfiguration({ 'duplicate-arguments-array': true });
}

function driveOption<T>(part: Argv<T>) {
  return part.option('drive', {
    type: 'string',
    requiresArg: true,
    describe: "Only those of this drive's account",
  });
}
