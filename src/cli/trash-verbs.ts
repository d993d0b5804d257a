import type { Argv } from 'yargs';
import { OWN_OPTIONS } from './option-groups.js';
import type { Action } from './session.js';
import { listTrash, purgeTrash, restoreTrash } from './trash.js';

type Choose = (action: Action) => void;

/** Words of `panfuse trash` that take entries. */
export const TRASH_WORDS_WITH_ENTRIES: readonly string[] = ['restore', 'purge'];

/** Adds `panfuse trash` with all its words. */
export function addTrashVerbs(parser: Argv, choose: Choose): Argv {
  return parser.command('trash', 'The recycle bin of a cloud', (verb) =>
    [addList, addRestore, addPurge]
      .reduce((before, add) => add(before, choose), verb)
      .demandCommand(1, 'Say what to do: list, restore or purge')
      .example('panfuse trash list', 'what was removed last comes first')
      .example('panfuse trash restore films:/2026/a.mkv', 'back to where it was'),
  );
}

function addList(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'list',
    'List what is in it',
    (part) =>
      driveOption(part).group('drive', OWN_OPTIONS).example('panfuse trash list --json', 'for a program'),
    ({ drive }) => choose(listTrash(drive)),
  );
}

function addRestore(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'restore <entry..>',
    'Put something back to where it was',
    (part) =>
      entryPositional(driveOption(part))
        .group('drive', OWN_OPTIONS)
        .example('panfuse trash restore films:/2026/a.mkv', 'by the path that it had')
        .example('panfuse trash restore a.mkv', 'by its name, where that is there once'),
    ({ entry, drive }) => choose(restoreTrash({ entries: entry ?? [], drive })),
  );
}

function addPurge(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'purge [entry..]',
    'Destroy something in it for good, or all of it',
    (part) =>
      entryPositional(driveOption(part))
        .option('all', { type: 'boolean', default: false, describe: 'Everything' })
        .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'Do not ask' })
        .group(['drive', 'all', 'yes'], OWN_OPTIONS)
        .example('panfuse trash purge films:/2026/a.mkv', 'asks first')
        .example('panfuse trash purge --all --drive films --yes', "all of the drive's account"),
    ({ entry, drive, all, yes }) => choose(purgeTrash({ entries: entry ?? [], drive, all, yes })),
  );
}

function entryPositional<T>(part: Argv<T>) {
  // Otherwise only the last of several words would be heard.
  return part.parserConfiguration({ 'duplicate-arguments-array': true }).positional('entry', {
    type: 'string',
    array: true,
    describe: 'the id that is shown, the path that it had, or its name',
  });
}

function driveOption<T>(part: Argv<T>) {
  return part.option('drive', {
    type: 'string',
    requiresArg: true,
    describe: "Only the bin of this drive's account",
  });
}
