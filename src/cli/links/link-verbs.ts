import type { Argv } from 'yargs';
import { showLink } from './link.js';
import { OWN_OPTIONS } from '../option-groups.js';
import type { Action } from '../session.js';
import { writeStrm } from './strm.js';

type Choose = (action: Action) => void;

/** Adds `panfuse link` and `panfuse strm`. */
export function addLinkVerbs(parser: Argv, choose: Choose): Argv {
  return addStrm(addLink(parser, choose), choose);
}

function addLink(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'link <path>',
    'A download link of a file, with what it is bound to',
    (verb) =>
      verb
        .positional('path', {
          type: 'string',
          demandOption: true,
          describe: 'DRIVE:/FILE, or a file inside a mount',
        })
        .option('user-agent', {
          type: 'string',
          requiresArg: true,
          describe: 'The User-Agent that will fetch it: the cloud refuses any other',
        })
        .option('curl', { type: 'boolean', describe: 'As a command that fetches it' })
        .option('m3u', { type: 'boolean', describe: 'As a playlist' })
        .conflicts('curl', 'm3u')
        .group(['user-agent', 'curl', 'm3u'], OWN_OPTIONS)
        .example('panfuse link films:/2026/a.mkv', 'the address, its headers, and how long it lives')
        .example('panfuse link --curl films:/2026/a.mkv | sh', 'fetch it, or go on with it')
        .example('panfuse link --m3u --user-agent "VLC/3.0.21" /mnt/films/a.mkv > a.m3u', 'for a player'),
    ({ path, userAgent, curl, m3u }) =>
      choose(showLink({ path, userAgent, form: curl === true ? 'curl' : m3u === true ? 'm3u' : 'words' })),
  );
}

function addStrm(parser: Argv, choose: Choose): Argv {
  return parser.command(
    'strm <path> <folder>',
    'Write a tree of .strm files for a media server, or bring one up to date',
    (verb) =>
      verb
        .positional('path', {
          type: 'string',
          demandOption: true,
          describe: 'DRIVE:/FOLDER, or a folder inside a mount',
        })
        .positional('folder', {
          type: 'string',
          demandOption: true,
          describe: 'a folder of this machine; files that panfuse did not write stay as they are',
        })
        .option('extensions', {
          type: 'string',
          requiresArg: true,
          describe: 'Of the files that are wanted; links.strm of the configuration by default',
        })
        .option('url-prefix', {
          type: 'string',
          requiresArg: true,
          describe: 'How the media server reaches the listener of panfuse (links.listen)',
        })
        .option('mount', {
          type: 'boolean',
          describe: 'Write paths inside the mount instead of web addresses',
        })
        .conflicts('mount', 'url-prefix')
        .group(['extensions', 'url-prefix', 'mount'], OWN_OPTIONS)
        .example('panfuse strm films:/2026 /srv/strm/2026', 'again after something changed in the drive')
        .example(
          'panfuse strm films: /srv/strm --url-prefix https://media.example',
          'behind a proxy of yours',
        )
        .example('panfuse strm /mnt/films /srv/strm --mount --extensions mkv,iso', 'files of the mount'),
    ({ path, folder, extensions, urlPrefix, mount }) =>
      choose(writeStrm({ source: path, folder, extensions, urlPrefix, mount: mount === true })),
  );
}
