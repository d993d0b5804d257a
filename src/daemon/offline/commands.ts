import {
  array,
  base64,
  boolean,
  type GenericSchema,
  integer,
  literal,
  maxLength,
  minLength,
  minValue,
  number,
  optional,
  picklist,
  pipe,
  regex,
  strictObject,
  string,
  union,
} from 'valibot';
import type { Call } from '../../lib/call.js';
import type { Command } from '../../lib/command.js';
import type {
  OfflineAddInput,
  OfflineTasksInput,
  OfflineTorrentInput,
  OfflineTorrentSource,
} from '../../lib/offline-protocol.js';
import type { CommandFor } from '../../lib/protocol.js';
import type { Offline } from './offline.js';

const text = pipe(string(), minLength(1, 'must not be empty'));
const drive = optional(string());
const to = pipe(text, regex(/^([^:/]+:|\/)/, 'must be DRIVE:/FOLDER, or a path inside a mount'));

/** In one request. */
const MOST_LINKS = 1000;

const addInput: GenericSchema<unknown, OfflineAddInput> = strictObject({
  to,
  links: pipe(
    array(string()),
    minLength(1, 'must not be empty'),
    maxLength(MOST_LINKS, `must be ${MOST_LINKS} at most`),
  ),
});

const torrentSource: GenericSchema<unknown, OfflineTorrentSource> = union(
  [
    strictObject({ path: to }),
    strictObject({
      name: pipe(text, regex(/^[^/\0]+$/, 'must be the name of a file')),
      content: pipe(text, base64('must be base64')),
    }),
  ],
  'must hold path, or name and content',
);

const place = pipe(number(), integer('must be a whole number'), minValue(0, 'must not be negative'));

const torrentInput: GenericSchema<unknown, OfflineTorrentInput> = strictObject({
  to,
  torrent: torrentSource,
  files: optional(
    union([literal('all'), pipe(array(place), minLength(1, 'must not be empty'))], 'must be places, or all'),
  ),
  add: boolean(),
});

const tasks = { tasks: array(text), drive };

const tasksInput: GenericSchema<unknown, OfflineTasksInput> = strictObject(tasks);

/** What a daemon can be asked about downloads that clouds do by themselves. */
export function offlineCommands(offline: Offline): readonly Command[] {
  return [
    listCommand(offline),
    showCommand(offline),
    quotaCommand(offline),
    addCommand(offline),
    torrentCommand(offline),
    removeCommand(offline),
    retryCommand(offline),
    clearCommand(offline),
    watchCommand(offline),
  ];
}

/** A person waits at a terminal. */
function asked(signal: AbortSignal): Call {
  return { signal, urgency: 'lookup' };
}

function listCommand(offline: Offline): CommandFor<'GET /v1/offline'> {
  return {
    name: 'offline',
    method: 'GET',
    path: '/v1/offline',
    summary: 'What the clouds download by themselves',
    input: strictObject({ drive }),
    run: (input, { signal }) => offline.list(input.drive, asked(signal)),
  };
}

function showCommand(offline: Offline): CommandFor<'GET /v1/offline/show'> {
  return {
    name: 'offline/show',
    method: 'GET',
    path: '/v1/offline/show',
    summary: 'One of these downloads, and where what it brought is',
    input: strictObject({ task: text, drive }),
    run: (input, { signal }) => offline.show(input.task, input.drive, asked(signal)),
  };
}

function quotaCommand(offline: Offline): CommandFor<'GET /v1/offline/quota'> {
  return {
    name: 'offline/quota',
    method: 'GET',
    path: '/v1/offline/quota',
    summary: 'How many more downloads the clouds take',
    input: strictObject({ drive }),
    run: (input, { signal }) => offline.quota(input.drive, asked(signal)),
  };
}

function addCommand(offline: Offline): CommandFor<'POST /v1/offline/add'> {
  return {
    name: 'offline/add',
    method: 'POST',
    path: '/v1/offline/add',
    summary: 'Ask a cloud to download links into a folder',
    input: addInput,
    run: (input, { signal }) => offline.add(input, asked(signal)),
  };
}

function torrentCommand(offline: Offline): CommandFor<'POST /v1/offline/torrent'> {
  return {
    name: 'offline/torrent',
    method: 'POST',
    path: '/v1/offline/torrent',
    summary: 'Ask a cloud to download files of a torrent, or tell what it holds',
    input: torrentInput,
    run: (input, { signal }) => offline.torrents.add(input, asked(signal)),
  };
}

function removeCommand(offline: Offline): CommandFor<'POST /v1/offline/remove'> {
  return {
    name: 'offline/remove',
    method: 'POST',
    path: '/v1/offline/remove',
    summary: 'Take downloads out of the list of a cloud, with what they brought or without',
    input: strictObject({ ...tasks, files: boolean() }),
    run: (input, { signal }) => offline.remove(input, asked(signal)),
  };
}

function retryCommand(offline: Offline): CommandFor<'POST /v1/offline/retry'> {
  return {
    name: 'offline/retry',
    method: 'POST',
    path: '/v1/offline/retry',
    summary: 'Begin downloads again, or all that failed',
    input: tasksInput,
    run: (input, { signal }) => offline.retry(input, asked(signal)),
  };
}

function clearCommand(offline: Offline): CommandFor<'POST /v1/offline/clear'> {
  return {
    name: 'offline/clear',
    method: 'POST',
    path: '/v1/offline/clear',
    summary: 'Take all downloads of a state out of the list of a cloud; files stay',
    input: strictObject({ state: picklist(['done', 'failed', 'running', 'all']), drive }),
    run: (input, { signal }) => offline.clear(input.state, input.drive, asked(signal)),
  };
}

function watchCommand(offline: Offline): CommandFor<'POST /v1/offline/watch'> {
  return {
    name: 'offline/watch',
    method: 'POST',
    path: '/v1/offline/watch',
    summary: 'Tell how downloads go until none runs any more',
    input: strictObject({ drive }),
    run: (input, { signal, progress }) => offline.watch(input.drive, progress, asked(signal)),
  };
}
