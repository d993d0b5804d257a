import type { Argv } from 'yargs';
import { copyFiles, moveFiles } from './copy.js';
import { OWN_OPTIONS } from '../option-groups.js';
import { exportRapid, importRapid, putRapid } from './rapid.js';
import type { Action } from '../session.js';

type Choose = (action: Action) => void;

/** Adds `panfuse cp`, `mv` and `rapid` with all its words. */
export function addCopyVerbs(parser: Argv, choose: Choose): Argv {
  return [addCopy, addMove, addRapid].reduce((before, add) => add(before, choose), parser);
}

function addCopy(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'cp <path..>',
    'Copy files and folders into a drive, the cheapest way there is',
    (part) =>
      severalWords(part)
        .positional('path', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'what to copy (of a drive, a mount or this machine), and last where to',
        })
        .option('recursive', { alias: 'r', type: 'boolean', describe: 'As always: folders with all in them' })
        .option('wait', { type: 'boolean', default: false, describe: 'Until the cloud has all bytes' })
        .group(['recursive', 'wait'], OWN_OPTIONS)
        .example('panfuse cp films:/2026 backup:/', 'by hash between two accounts: no byte is sent')
        .example('panfuse cp films:/a.mkv films:/b.mkv', 'by the cloud itself'),
    ({ path, wait }) => choose(copyFiles({ words: path, wait })),
  );
}

function addMove(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'mv <path..>',
    'Move files and folders: the source goes when the copy is confirmed',
    (part) =>
      severalWords(part)
        .positional('path', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'what to move (of a drive, a mount or this machine), and last where to',
        })
        .example('panfuse mv films:/2026 backup:/', 'the source goes to the recycle bin of its cloud'),
    ({ path }) => choose(moveFiles(path)),
  );
}

function addRapid(parser: Argv, choose: Choose): Argv {
  return parser.command('rapid', 'Files that the cloud knows by their hashes: no byte is sent', (verb) =>
    [addPut, addExport, addImport]
      .reduce((before, add) => add(before, choose), verb)
      .demandCommand(1, 'Say what to do: put, export or import')
      .example('panfuse rapid put film.mkv films:/2026', 'tells whether the cloud knows it'),
  );
}

function addPut(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'put <path..>',
    'Make files of this machine in a drive where the cloud knows them',
    (part) =>
      severalWords(part)
        .positional('path', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'files and folders of this machine, and last where to',
        })
        .option('or-upload', {
          type: 'boolean',
          default: false,
          describe: 'Upload what the cloud does not know',
        })
        .option('max-size', {
          type: 'string',
          requiresArg: true,
          describe: 'Pass over what is larger, such as 20GiB',
        })
        .option('name', { type: 'string', requiresArg: true, describe: 'What the only one is called there' })
        .option('dry-run', { type: 'boolean', default: false, describe: 'Only tell what would be asked for' })
        .group(['or-upload', 'max-size', 'name', 'dry-run'], OWN_OPTIONS)
        .example('panfuse rapid put film.mkv films:/2026', '')
        .example('panfuse rapid put --or-upload Show films:/', 'the folder with all in it'),
    ({ path, orUpload, maxSize, name, dryRun }) =>
      choose(putRapid({ words: path, orUpload, maxSize, name, dryRun })),
  );
}

function addExport(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'export <path..>',
    'List the hashes of files: whoever has the list can make them elsewhere',
    (part) =>
      severalWords(part)
        .positional('path', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'files and folders of drives, of mounts, or of this machine',
        })
        .option('heads', {
          type: 'boolean',
          default: false,
          describe: 'Read the first 128 KiB of files of clouds for their preid too',
        })
        .option('output', {
          alias: 'o',
          type: 'string',
          requiresArg: true,
          describe: 'Write it to this file',
        })
        .group(['heads', 'output'], OWN_OPTIONS)
        .example('panfuse rapid export films:/2026 > list.jsonl', 'a JSON object a line'),
    ({ path, heads, output }) => choose(exportRapid({ paths: path, heads, output })),
  );
}

function addImport(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'import <list> <folder>',
    'Make the files of a list where the cloud knows them',
    (part) =>
      part
        .positional('list', { type: 'string', demandOption: true, describe: 'a file; - for standard input' })
        .positional('folder', {
          type: 'string',
          demandOption: true,
          describe: 'DRIVE:/FOLDER, or a folder inside a mount',
        })
        .option('from', {
          type: 'string',
          requiresArg: true,
          describe: 'A folder that has these files, for clouds that want proof',
        })
        .option('dry-run', { type: 'boolean', default: false, describe: 'Only tell what would be asked for' })
        .group(['from', 'dry-run'], OWN_OPTIONS)
        .example('panfuse rapid import list.jsonl backup:/', '')
        .example('panfuse rapid import list.jsonl backup:/ --from films:/', 'proofs come from there'),
    ({ list, folder, from, dryRun }) => choose(importRapid({ list, to: folder, from, dryRun })),
  );
}

/** Otherwise only the last of several words would be heard. */
function severalWords<T>(part: Argv<T>): Argv<T> {
  return part.parserConfiguration({ 'duplicate-arguments-array': true });
}
