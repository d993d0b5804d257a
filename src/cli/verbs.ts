import type { Argv } from 'yargs';
import { addCacheVerbs } from './cache-verbs.js';
import { checkConfig, printConfig, printConfigPath, printOptions } from './config.js';
import { addLinkVerbs } from './links/link-verbs.js';
import { printCompletion } from './completion/scripts.js';
import { addCopyVerbs } from './making/copy-verbs.js';
import { addDoctorVerbs } from './doctor-verbs.js';
import { logIn } from './login.js';
import { mountDrive, refreshPath, showMounts, unmountPath } from './mounts.js';
import { addEventVerb } from './event-verb.js';
import { addOfflineVerbs } from './offline/verbs.js';
import { OWN_OPTIONS } from './option-groups.js';
import { runInForeground } from './run.js';
import type { Action } from './session.js';
import { showDrives, showStatusOnce } from './status.js';
import { watchStatus } from './status-watch.js';
import { addTransferVerbs } from './transfers/verbs.js';
import { addTrashVerbs } from './trash-verbs.js';
import { addTreeVerbs } from './tree-verbs.js';

/** Where the browser goes after consent when the person does not say; nobody needs to listen there. */
const REDIRECT_URI = 'http://localhost/';

/** Adds every verb to the parser. The one that was called hands its action to `choose`. */
export function addVerbs(parser: Argv, choose: (action: Action) => void): Argv {
  return [
    addDaemonVerbs,
    addMountVerbs,
    addLookVerbs,
    addTransferVerbs,
    addOfflineVerbs,
    addCopyVerbs,
    addEventVerb,
    addTreeVerbs,
    addTrashVerbs,
    addCacheVerbs,
    addLinkVerbs,
    addLogin,
    addConfigVerbs,
    addDoctorVerbs,
    addCompletion,
  ].reduce((before, add) => add(before, choose), parser);
}

function addDaemonVerbs(parser: Argv, choose: (action: Action) => void): Argv {
  return parser
    .command(
      'run',
      'Run the daemon here: it mounts what the configuration names, until Ctrl-C',
      (verb) => verb.example('panfuse run --config ./panfuse.yaml', 'with a configuration of your own'),
      () => choose(runInForeground),
    )
    .command(
      'status',
      'How the daemon, its accounts, drives and mounts are',
      (verb) =>
        verb
          .option('watch', { type: 'boolean', default: false, describe: 'Again and again, until Ctrl-C' })
          .option('interval', {
            type: 'string',
            requiresArg: true,
            describe: 'With --watch: how often, such as 5s (2s by default)',
          })
          .group(['watch', 'interval'], OWN_OPTIONS)
          .example('panfuse status --watch', 'in place, on one screen')
          .example('panfuse status --json', 'for a program; with --watch a line each time'),
      ({ watch, interval }) => choose(watch ? watchStatus(interval) : showStatusOnce(interval)),
    );
}

function addMountVerbs(parser: Argv, choose: (action: Action) => void): Argv {
  return parser
    .command(
      'mount <source> <path>',
      'Mount a folder of a drive through the running daemon',
      (verb) =>
        verb
          .positional('source', {
            type: 'string',
            demandOption: true,
            describe: 'DRIVE:/FOLDER, or DRIVE for all of it',
          })
          .positional('path', { type: 'string', demandOption: true, describe: 'the mount point' })
          .option('read-only', { type: 'boolean', describe: 'Nothing can be changed through it' })
          .option('allow-other', { type: 'boolean', describe: 'Other users may look inside' })
          .option('uid', { type: 'string', requiresArg: true, describe: 'The user who owns the files' })
          .option('gid', { type: 'string', requiresArg: true, describe: 'The group that owns the files' })
          .option('umask', {
            type: 'string',
            requiresArg: true,
            describe: 'Permission bits taken away, such as 022',
          })
          .option('read-ahead', {
            type: 'string',
            requiresArg: true,
            describe: 'What the kernel reads ahead, such as 256KiB',
          })
          .group(['read-only', 'allow-other', 'uid', 'gid', 'umask', 'read-ahead'], OWN_OPTIONS)
          .example('panfuse mount films: /mnt/films', 'all of the drive')
          .example('panfuse mount films:/2026 /mnt/new', 'a folder of it'),
      (given) => choose(mountDrive(given)),
    )
    .command(
      ['unmount <path>', 'umount'],
      'Take a mount down',
      (verb) =>
        verb
          .positional('path', { type: 'string', demandOption: true, describe: 'the mount point' })
          .example('panfuse unmount /mnt/films', ''),
      (given) => choose(unmountPath(given.path)),
    );
}

function addLookVerbs(parser: Argv, choose: (action: Action) => void): Argv {
  return parser
    .command(
      'mounts',
      'List the mounts',
      (verb) => verb.example('panfuse mounts --json', 'for a program'),
      () => choose(showMounts),
    )
    .command(
      'drives',
      'List the drives',
      (verb) => verb.example('panfuse drives --json', 'for a program'),
      () => choose(showDrives),
    )
    .command(
      'refresh <path>',
      'List a folder again now, whatever is known of it',
      (verb) =>
        verb
          .positional('path', {
            type: 'string',
            demandOption: true,
            describe: 'DRIVE:/FOLDER, or a folder inside a mount',
          })
          .option('recursive', {
            alias: 'r',
            type: 'boolean',
            default: false,
            describe: 'All folders below it too',
          })
          .option('unknown', {
            type: 'boolean',
            default: false,
            describe: 'Only folders that were never listed',
          })
          .group(['recursive', 'unknown'], OWN_OPTIONS)
          .example('panfuse refresh /mnt/films/2026', 'after something was added in the cloud')
          .example('panfuse refresh -r films:/2026', 'the folders below it too: a call each')
          .example('panfuse refresh -r --unknown films:', 'what search, du and dupes do not know yet'),
      ({ path, recursive, unknown }) => choose(refreshPath(path, { recursive, unknown })),
    );
}

function addLogin(parser: Argv, choose: (action: Action) => void): Argv {
  return parser.command(
    'login <account>',
    'Log in to an account of the configuration',
    (verb) =>
      verb
        .positional('account', {
          type: 'string',
          demandOption: true,
          describe: 'its name in the configuration',
        })
        .option('qr', { type: 'boolean', describe: 'By a QR code, scanned with the app on your phone' })
        .option('code', { type: 'boolean', describe: 'By a page in the browser' })
        .conflicts('qr', 'code')
        .option('image', {
          type: 'string',
          requiresArg: true,
          describe: 'Write the QR code to this PNG file too',
        })
        .option('redirect-uri', {
          type: 'string',
          requiresArg: true,
          default: REDIRECT_URI,
          describe: 'With --code: the address registered with the cloud',
        })
        .group(['qr', 'code', 'image', 'redirect-uri'], OWN_OPTIONS)
        .example('panfuse login main', 'shows a QR code, or the page to open')
        .example('panfuse login main --image code.png', 'for a terminal too small for the code'),
    ({ account, qr, code, image, redirectUri }) => {
      const way = qr === true ? 'qr' : code === true ? 'code' : null;
      choose(logIn({ account, way, image: image ?? null, redirectUri }));
    },
  );
}

function addCompletion(parser: Argv, choose: (action: Action) => void): Argv {
  return parser.command(
    'completion [shell]',
    'Print what teaches a shell the commands, drives and paths',
    (verb) =>
      verb
        .positional('shell', { type: 'string', describe: 'bash, zsh or fish; that of $SHELL by default' })
        .example('source <(panfuse completion bash)', 'in ~/.bashrc')
        .example('panfuse completion fish > ~/.config/fish/completions/panfuse.fish', ''),
    ({ shell }) => choose(printCompletion(shell)),
  );
}

function addConfigVerbs(parser: Argv, choose: (action: Action) => void): Argv {
  return parser.command('config', 'Check or show the configuration', (verb) =>
    verb
      .command(
        'check',
        'Say what is wrong with it, by line and field',
        (part) => part.example('panfuse config check --config new.yaml', 'before it is used'),
        () => choose(checkConfig),
      )
      .command(
        'show',
        'Print it with all defaults; secrets are hidden',
        (part) => part.example('panfuse config show --json', 'for a program'),
        () => choose(printConfig),
      )
      .command(
        'path',
        'Print where it is looked for',
        (part) => part.example('cat "$(panfuse config path)"', 'the file itself'),
        () => choose(printConfigPath),
      )
      .command(
        'options',
        'List every key, its default and what it is',
        (part) => part.example('panfuse config options | grep mounts', 'the keys of a mount'),
        () => choose(printOptions),
      )
      .demandCommand(1, 'Say what to do with the configuration: check, show, path or options')
      .example('panfuse config check --config new.yaml', 'before it is used'),
  );
}
