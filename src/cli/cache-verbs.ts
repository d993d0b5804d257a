import type { Argv } from 'yargs';
import {
  evictFromCache,
  pinInCache,
  showCache,
  showPins,
  sweepCache,
  unpinInCache,
  verifyCache,
  warmCache,
} from './cache.js';
import { OWN_OPTIONS } from './option-groups.js';
import type { Action } from './session.js';

type Choose = (action: Action) => void;

/** Words of `panfuse cache` that take a path. */
export const CACHE_WORDS_WITH_PATH: readonly string[] = ['warm', 'pin', 'unpin', 'evict'];

const PLACE = 'DRIVE:/PATH, or a path inside a mount; a folder means all below it';

/** Adds `panfuse cache` with all its words. */
export function addCacheVerbs(parser: Argv, choose: Choose): Argv {
  return parser.command('cache', 'What is kept of files on this disk', (verb) =>
    [addStats, addWarm, addPins, addEvict, addChecks]
      .reduce((before, add) => add(before, choose), verb)
      .demandCommand(1, 'Say what to do: stats, warm, pin, pins, unpin, evict, verify or sweep')
      .example('panfuse cache stats', 'how much is kept, and how often that was of use')
      .example('panfuse cache warm films:/2026 --head', 'what a media server looks at in a scan'),
  );
}

function addStats(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'stats',
    'How much is kept, and how often that was of use',
    (part) => part.example('panfuse cache stats --json', 'for a program'),
    () => choose(showCache),
  );
}

function addWarm(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'warm <path>',
    'Read files ahead of need, after everybody who waits',
    (part) =>
      part
        .positional('path', { type: 'string', demandOption: true, describe: PLACE })
        .option('head', {
          type: 'boolean',
          default: false,
          describe: 'Only their beginnings and ends, which tell what they are',
        })
        .group('head', OWN_OPTIONS)
        .example('panfuse cache warm films:/2026/新片.mkv', 'all of a film, for a journey')
        .example('panfuse cache warm films: --head', 'before a media server scans the drive'),
    ({ path, head }) => choose(warmCache(path, head)),
  );
}

function addPins(parser: Argv, choose: Choose): Argv {
  return parser
    .command(
      'pin <path>',
      'Never evict what is cached of these files',
      (part) =>
        part
          .positional('path', { type: 'string', demandOption: true, describe: PLACE })
          .example('panfuse cache pin films:/kids', 'the files that are there now'),
      ({ path }) => choose(pinInCache(path)),
    )
    .command(
      'pins',
      'List what is pinned',
      (part) => part.example('panfuse cache pins --json', 'for a program'),
      () => choose(showPins),
    )
    .command(
      'unpin [path]',
      'Let what was pinned be evicted again',
      (part) =>
        allOption(part)
          .example('panfuse cache unpin films:/kids', '')
          .example('panfuse cache unpin --all', 'everything'),
      ({ path, all }) => choose(unpinInCache({ path, all })),
    );
}

function addEvict(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'evict [path]',
    'Remove files from the cache, or all that is not pinned',
    (part) =>
      allOption(part)
        .example('panfuse cache evict films:/2026/新片.mkv', 'it stays in the cloud')
        .example('panfuse cache evict --all', 'everything that is not pinned'),
    ({ path, all }) => choose(evictFromCache({ path, all })),
  );
}

function addChecks(parser: Argv, choose: Choose): Argv {
  return parser
    .command(
      'verify',
      'Check every block and remove what is damaged',
      (part) => part.example('panfuse cache verify', 'after trouble with the disk'),
      () => choose(verifyCache),
    )
    .command(
      'sweep',
      'Forget what is stored of folders that are nowhere any more',
      (part) => part.example('panfuse cache sweep', 'now and then, to keep the state file small'),
      () => choose(sweepCache),
    );
}

function allOption<T>(part: Argv<T>) {
  return part
    .positional('path', { type: 'string', describe: PLACE })
    .option('all', { type: 'boolean', default: false, describe: 'Everything' })
    .group('all', OWN_OPTIONS);
}
