import type { Argv } from 'yargs';
import { followEvents } from './events.js';
import { OWN_OPTIONS } from './option-groups.js';
import type { Action } from './session.js';

const ON_UPLOAD =
  'panfuse events --type upload.done --json | while read -r event; do ./uploaded.sh "$event"; done';
const ON_DOWNLOAD =
  "panfuse events --type offline.done --json | jq --unbuffered -r .name | xargs -d '\\n' -n 1 notify-send";

/** Adds `panfuse events`. */
export function addEventVerb(parser: Argv, choose: (action: Action) => void): Argv {
  return parser.command(
    'events',
    'Tell what happens, a line each, until Ctrl-C',
    (verb) =>
      verb
        .option('type', {
          type: 'string',
          requiresArg: true,
          describe: 'Only these, such as upload.done,offline (the first word means all of its kind)',
        })
        .group('type', OWN_OPTIONS)
        .example('panfuse events', 'watch it')
        .example(ON_UPLOAD, 'run a script when an upload ends')
        .example(ON_DOWNLOAD, 'tell when a download of the cloud is done')
        .example(
          'panfuse events --type login,throttle,mount',
          'what a person may have to do something about',
        ),
    ({ type }) => choose(followEvents(type)),
  );
}
