import type { Argv } from 'yargs';
import { OWN_OPTIONS } from './option-groups.js';
import type { Action } from './session.js';
import { searchNames, showDuplicates, showUsage } from './tree-lists.js';

type Choose = (action: Action) => void;

const PLACE = 'DRIVE:/FOLDER, or a path inside a mount; all drives without it';

/** Adds `panfuse search`, `du` and `dupes`. */
export function addTreeVerbs(parser: Argv, choose: Choose): Argv {
  return [addSearch, addUsage, addDuplicates].reduce((before, add) => add(before, choose), parser);
}

function addSearch(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'search <text> [path]',
    'Find names in what is known, without asking a cloud',
    (verb) =>
      placePositional(verb)
        .positional('text', {
          type: 'string',
          demandOption: true,
          describe: 'words that must all be in the name',
        })
        .option('limit', {
          type: 'string',
          requiresArg: true,
          describe: 'Matches to show at most, 1000 by default',
        })
        .group('limit', OWN_OPTIONS)
        .example('panfuse search "新片 2160p"', 'in all drives, both words in any order')
        .example('panfuse search mkv films:/2026 --json', 'for a program'),
    ({ text, path, limit }) => choose(searchNames({ text, path, limit })),
  );
}

function addUsage(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'du [path]',
    'What folders hold, as far as it is known, without asking a cloud',
    (verb) =>
      placePositional(verb)
        .option('depth', {
          type: 'string',
          requiresArg: true,
          describe: 'How deep folders get a line of their own, 1 by default',
        })
        .group('depth', OWN_OPTIONS)
        .example('panfuse du films:', 'the folders of the drive, the largest first')
        .example('panfuse du /mnt/films/2026 --depth 0', 'the sum alone'),
    ({ path, depth }) => choose(showUsage({ path, depth })),
  );
}

function addDuplicates(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'dupes [path]',
    'Files with the same bytes, as far as they are known, without asking a cloud',
    (verb) =>
      placePositional(verb)
        .option('smallest', {
          type: 'string',
          requiresArg: true,
          describe: 'Leave smaller files out, such as 10MiB',
        })
        .option('limit', {
          type: 'string',
          requiresArg: true,
          describe: 'Groups to show at most, 1000 by default',
        })
        .group(['smallest', 'limit'], OWN_OPTIONS)
        .example('panfuse dupes', 'over all drives, also of other accounts')
        .example('panfuse dupes films:/2026 --smallest 100MiB', 'what is worth the trouble'),
    ({ path, smallest, limit }) => choose(showDuplicates({ path, smallest, limit })),
  );
}

function placePositional<T>(verb: Argv<T>) {
  return verb.positional('path', { type: 'string', describe: PLACE });
}
