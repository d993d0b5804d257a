import { array, boolean, literal, number, optional, string, strictObject, union } from 'valibot';
import type { Command } from '../../src/lib/command.js';
import type {
  OfflineAdded,
  OfflineQuotaRow,
  OfflineTaskRow,
  OfflineTorrentOutput,
} from '../../src/lib/offline-protocol.js';
import type { CommandFor } from '../../src/lib/protocol.js';

const STARTED = Date.UTC(2026, 0, 1);

export const RUNNING: OfflineTaskRow = {
  id: '0b2ed1c6c5e4c1a7f6c0e2b8d0f6a1b2c3d4e5f6',
  account: 'main',
  drive: 'films',
  path: '/2026',
  name: '新片.iso',
  link: 'https://example.org/a.iso',
  size: 734003200,
  state: 'running',
  progress: 0.42,
  addedAt: STARTED,
  movedAt: STARTED + 60_000,
  reason: null,
};

const FAILED: OfflineTaskRow = {
  ...RUNNING,
  id: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  name: 'Film',
  link: 'magnet:?xt=urn:btih:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  drive: null,
  path: null,
  size: null,
  state: 'failed',
  progress: 0,
  reason: '115 could not download it, and does not say why',
};

const QUOTA: OfflineQuotaRow = {
  account: 'main',
  total: 1500,
  used: 20,
  left: 1480,
  packages: [{ name: 'VIP', total: 1500, left: 1480, expiresAt: STARTED + 2_592_000_000 }],
};

const TORRENT: Omit<OfflineTorrentOutput, 'added' | 'quota'> = {
  name: 'Film',
  files: [
    { path: 'Film/a.mkv', size: 734000000, chosen: true },
    { path: 'Film/a.nfo', size: 3200, chosen: false },
  ],
};

/** How a fake daemon answers: it remembers the route and the input. */
export type Answering = <Output>(route: string, input: unknown, output: Output) => Promise<Output>;

/** Downloads of a daemon without clouds. `outcome` is what becomes of every link. */
export function fakeOfflineCommands(
  answer: Answering,
  outcome: () => OfflineAdded['outcome'],
): readonly Command[] {
  return [...lists(answer), ...adding(answer, outcome), ...acting(answer), watch(answer)];
}

const drive = optional(string());

function lists(answer: Answering): readonly Command[] {
  const list: CommandFor<'GET /v1/offline'> = {
    name: 'offline',
    method: 'GET',
    path: '/v1/offline',
    summary: 'Downloads',
    input: strictObject({ drive }),
    run: (input) => answer('GET /v1/offline', input, [RUNNING, FAILED]),
  };
  const show: CommandFor<'GET /v1/offline/show'> = {
    name: 'offline/show',
    method: 'GET',
    path: '/v1/offline/show',
    summary: 'One of them',
    input: strictObject({ task: string(), drive }),
    run: (input) => answer('GET /v1/offline/show', input, { ...RUNNING, result: null }),
  };
  const quota: CommandFor<'GET /v1/offline/quota'> = {
    name: 'offline/quota',
    method: 'GET',
    path: '/v1/offline/quota',
    summary: 'The quota',
    input: strictObject({ drive }),
    run: (input) => answer('GET /v1/offline/quota', input, [QUOTA]),
  };
  return [list, show, quota];
}

function adding(answer: Answering, outcome: () => OfflineAdded['outcome']): readonly Command[] {
  const added = (link: string): OfflineAdded => {
    const refused = outcome() === 'refused';
    return {
      link,
      outcome: outcome(),
      id: refused ? null : RUNNING.id,
      errno: refused ? 'EDQUOT' : null,
      message: refused ? 'the quota of offline downloads is used up' : null,
    };
  };
  const add: CommandFor<'POST /v1/offline/add'> = {
    name: 'offline/add',
    method: 'POST',
    path: '/v1/offline/add',
    summary: 'Asks for links',
    input: strictObject({ to: string(), links: array(string()) }),
    run: (input) => answer('POST /v1/offline/add', input, { links: input.links.map(added), quota: QUOTA }),
  };
  const torrent: CommandFor<'POST /v1/offline/torrent'> = {
    name: 'offline/torrent',
    method: 'POST',
    path: '/v1/offline/torrent',
    summary: 'Asks for a torrent',
    input: strictObject({
      to: string(),
      torrent: union([strictObject({ path: string() }), strictObject({ name: string(), content: string() })]),
      files: optional(union([literal('all'), array(number())])),
      add: boolean(),
    }),
    run: (input) => {
      const task = input.add ? added(FAILED.link ?? '') : null;
      return answer('POST /v1/offline/torrent', input, {
        ...TORRENT,
        added: task,
        quota: input.add ? QUOTA : null,
      });
    },
  };
  return [add, torrent];
}

function acting(answer: Answering): readonly Command[] {
  const tasks = { tasks: array(string()), drive };
  const done = { tasks: [{ id: FAILED.id, account: 'main', name: FAILED.name }] };
  const remove: CommandFor<'POST /v1/offline/remove'> = {
    name: 'offline/remove',
    method: 'POST',
    path: '/v1/offline/remove',
    summary: 'Removes',
    input: strictObject({ ...tasks, files: boolean() }),
    run: (input) => answer('POST /v1/offline/remove', input, done),
  };
  const retry: CommandFor<'POST /v1/offline/retry'> = {
    name: 'offline/retry',
    method: 'POST',
    path: '/v1/offline/retry',
    summary: 'Begins again',
    input: strictObject(tasks),
    run: (input) => answer('POST /v1/offline/retry', input, done),
  };
  const clear: CommandFor<'POST /v1/offline/clear'> = {
    name: 'offline/clear',
    method: 'POST',
    path: '/v1/offline/clear',
    summary: 'Clears',
    input: strictObject({
      state: union([literal('done'), literal('failed'), literal('running'), literal('all')]),
      drive,
    }),
    run: (input) => answer('POST /v1/offline/clear', input, { accounts: ['main'] }),
  };
  return [remove, retry, clear];
}

function watch(answer: Answering): Command {
  const command: CommandFor<'POST /v1/offline/watch'> = {
    name: 'offline/watch',
    method: 'POST',
    path: '/v1/offline/watch',
    summary: 'Watches',
    input: strictObject({ drive }),
    run: (input, { progress }) => {
      progress([RUNNING]);
      return answer('POST /v1/offline/watch', input, [{ ...RUNNING, state: 'done' as const, progress: 1 }]);
    },
  };
  return command;
}
