import { once } from 'node:events';
import type { GenericSchema } from 'valibot';
import { array, boolean, number, object, optional, strictObject, string } from 'valibot';
import { type ControlServer, startControlServer } from '../../src/control/server.js';
import type { Command, CommandContext } from '../../src/lib/command.js';
import type { Env } from '../../src/lib/env.js';
import type { LogLevel } from '../../src/lib/log-level.js';
import type { MadeOutput } from '../../src/lib/copy-protocol.js';
import type { OfflineAdded } from '../../src/lib/offline-protocol.js';
import type { FsError } from '../../src/lib/errors.js';
import type {
  AccountStatus,
  CommandFor,
  DaemonStatus,
  DriveStatus,
  DriveTransfers,
  MountStatus,
  TransferVerb,
} from '../../src/lib/protocol.js';

import { fakeEventCommand } from './fake-events.js';
import type { LinksFolderOutput } from '../../src/lib/links-protocol.js';
import { fakeLinkCommands } from './fake-links.js';
import { fakeDoctorCommands, FINDINGS } from './fake-doctor.js';
import { fakeCacheCommands } from './fake-cache.js';
import { fakeCopyCommands, madeOutput, madeRow } from './fake-copies.js';
import { type Answering, fakeOfflineCommands } from './fake-offline.js';
import { fakeTrashCommands } from './fake-trash.js';
import { fakeTreeCommands } from './fake-trees.js';

const STARTED = Date.UTC(2026, 0, 1);

const ACCOUNT: AccountStatus = {
  name: 'main',
  kind: '115-open',
  login: 'ok',
  loginMessage: null,
  throttle: null,
  calls: { today: 412, perDay: 8000 },
};

const DRIVES: readonly DriveStatus[] = [
  {
    name: 'films',
    account: 'main',
    root: '0',
    directories: 12,
    entries: 3456,
    space: { total: 10 * 1024 ** 4, used: 3 * 1024 ** 4 },
    lastError: null,
    readOnlyBecause: null,
    transfers: {
      files: 2,
      bytes: 5 * 1024 ** 3,
      sent: 1024 ** 3,
      failed: 1,
      drafts: 1,
      local: 3,
      changes: 12,
      refused: 1,
      paused: false,
      reason: 'the cloud did not answer',
    },
  },
  {
    name: '纪录片',
    account: 'main',
    root: '2849501234567890123',
    directories: 3,
    entries: 40,
    space: null,
    lastError: { at: STARTED + 60_000, message: 'the cloud did not answer' },
    readOnlyBecause: null,
    transfers: null,
  },
];

const TRANSFERS: DriveTransfers = {
  drive: 'films',
  account: 'main',
  paused: false,
  files: [
    {
      id: 'local-3f2a91bc-0000-4000-8000-000000000001',
      path: '/2026/新片.mkv',
      size: 4 * 1024 ** 3,
      sent: 1024 ** 3,
      state: 'parts',
      attempts: 0,
      reason: null,
      nextTry: null,
      closedAt: STARTED,
    },
    {
      id: 'local-8d11c0de-0000-4000-8000-000000000002',
      path: '/a.txt',
      size: 1024,
      sent: 0,
      state: 'failed',
      attempts: 1,
      reason: 'the cloud refuses this name',
      nextTry: null,
      closedAt: STARTED,
    },
  ],
  drafts: [
    {
      id: 'local-77aa0000-0000-4000-8000-000000000003',
      path: '/half.iso',
      size: 5 * 1024 ** 2,
      modifiedAt: STARTED,
    },
  ],
  changes: [
    { kind: 'remove', path: '/old.mkv', reason: null },
    { kind: 'makeDirectory', path: '/a:b', reason: 'the name is refused' },
  ],
  changesWaitBecause: 'the cloud did not answer',
  refused: [{ kind: 'rename', path: '/b.txt', reason: 'there is one already', at: STARTED }],
};

const noInput = strictObject({});

/** A daemon without clouds: it answers what it is told to, and remembers what it was asked. */
export class FakeDaemon {
  /** `POST /v1/mount {"drive":…}` for every request that passed its schema. */
  readonly asked: string[] = [];
  accounts: readonly AccountStatus[] = [ACCOUNT];
  mounts: readonly MountStatus[] = [mountAt('/mnt/films', ['films'], '/')];
  transfers: readonly DriveTransfers[] = [TRANSFERS];
  findings = FINDINGS;
  logLevel: LogLevel = 'info';
  /** What waiting for transfers ends with. */
  left = { failed: 0, drafts: 1 };
  /** What becomes of links that it is asked to download. */
  linkOutcome: OfflineAdded['outcome'] = 'added';
  /** What differs in what it tells of folders for players. */
  linkedFolder: Partial<LinksFolderOutput> = {};
  /** What becomes of everything that it is asked to make. */
  made: MadeOutput = madeOutput(madeRow());
  /** Rejects the next commands with this. */
  failure: FsError | null = null;
  /** A refresh of such a path goes on until it is aborted; `aborted` then holds why. */
  readonly endless = new Set<string>();
  readonly aborted: unknown[] = [];
  /** How many endless commands run. */
  waiting = 0;

  /** The commands for a control server. */
  commands(): readonly Command[] {
    const verbs = ['pause', 'resume', 'cancel', 'retry', 'keep', 'drop'] as const;
    const transfers = [this.#transfers(), this.#wait(), ...verbs.map((verb) => this.#act(verb))];
    const answer: Answering = (route, input, output) => this.#answer(route, input, output);
    const offline = fakeOfflineCommands(answer, () => this.linkOutcome);
    const known = [...fakeTreeCommands(answer), ...fakeTrashCommands(answer), ...fakeCacheCommands(answer)];
    const links = fakeLinkCommands(
      (route, input, output) => this.#answer(route, input, output),
      () => this.linkedFolder,
    );
    const doctor = fakeDoctorCommands((route, input, output) => this.#answer(route, input, output), this);
    const events = fakeEventCommand((route, input, output) => this.#answer(route, input, output));
    return [
      events,
      this.#metrics(),
      ...doctor,
      ...fakeCopyCommands(answer, () => this.made),
      ...this.#lists(),
      ...this.#mounting(),
      this.#refresh(),
      this.#reload(),
      ...transfers,
      ...offline,
      ...known,
      ...links,
    ];
  }

  #lists(): readonly Command[] {
    const status: CommandFor<'GET /v1/status'> = {
      name: 'status',
      method: 'GET',
      path: '/v1/status',
      summary: 'How the daemon and its accounts, drives and mounts are',
      input: noInput,
      run: () => this.#answer('GET /v1/status', {}, this.status()),
    };
    const drives: CommandFor<'GET /v1/drives'> = {
      name: 'drives',
      method: 'GET',
      path: '/v1/drives',
      summary: 'The drives',
      input: noInput,
      run: () => this.#answer('GET /v1/drives', {}, DRIVES),
    };
    const mounts: CommandFor<'GET /v1/mounts'> = {
      name: 'mounts',
      method: 'GET',
      path: '/v1/mounts',
      summary: 'The mounts',
      input: noInput,
      run: () => this.#answer('GET /v1/mounts', {}, this.mounts),
    };
    return [status, drives, mounts];
  }

  #mounting(): readonly Command[] {
    const options = strictObject({
      readOnly: optional(boolean()),
      allowOther: optional(boolean()),
      uid: optional(number()),
      gid: optional(number()),
      umask: optional(string()),
      readAhead: optional(number()),
    });
    const mount: CommandFor<'POST /v1/mount'> = {
      name: 'mount',
      method: 'POST',
      path: '/v1/mount',
      summary: 'Mounts a folder of a drive',
      input: strictObject({ drive: string(), folder: string(), path: string(), options }),
      run: (input) => {
        const mounted = mountAt(input.path, [input.drive], input.folder);
        return this.#answer('POST /v1/mount', input, mounted);
      },
    };
    const unmount: CommandFor<'POST /v1/unmount'> = {
      name: 'unmount',
      method: 'POST',
      path: '/v1/unmount',
      summary: 'Unmounts',
      input: strictObject({ path: string() }),
      run: (input) => this.#answer('POST /v1/unmount', input, { path: input.path }),
    };
    return [mount, unmount];
  }

  #refresh(): Command {
    const refresh: CommandFor<'POST /v1/refresh'> = {
      name: 'refresh',
      method: 'POST',
      path: '/v1/refresh',
      summary: 'Lists a folder again now',
      input: strictObject({ path: string(), recursive: boolean(), unknown: optional(boolean()) }),
      run: async (input, { signal, progress }) => {
        for (let directories = 1; directories <= 3; directories += 1) {
          const path = `${input.path}/${directories}`;
          progress({ directories, entries: directories * 100, waiting: 3 - directories, path });
        }
        if (this.endless.has(input.path)) await this.#untilAborted(signal);
        const output = { directories: 3, entries: 300, added: 2, removed: 1, changed: 0 };
        return this.#answer('POST /v1/refresh', input, output);
      },
    };
    return refresh;
  }

  #reload(): Command {
    const reload: CommandFor<'POST /v1/accounts/reload'> = {
      name: 'accounts/reload',
      method: 'POST',
      path: '/v1/accounts/reload',
      summary: 'Reads the login of an account again',
      input: strictObject({ account: string() }),
      run: (input) => this.#answer('POST /v1/accounts/reload', input, { ...ACCOUNT, name: input.account }),
    };
    return reload;
  }

  #metrics(): Command {
    const text = [
      '# HELP panfuse_build_info Always 1; the version as a label',
      '# TYPE panfuse_build_info gauge',
      'panfuse_build_info{version="0.1.0"} 1',
      '',
    ].join('\n');
    return {
      name: 'metrics',
      method: 'GET',
      path: '/metrics',
      summary: 'Figures',
      answer: { text: 'text/plain; version=0.0.4; charset=utf-8' },
      input: noInput,
      run: (input) => this.#answer('GET /metrics', input, text),
    };
  }

  #transfers(): Command {
    const transfers: CommandFor<'GET /v1/transfers'> = {
      name: 'transfers',
      method: 'GET',
      path: '/v1/transfers',
      summary: 'What the clouds are owed',
      input: strictObject({ drive: optional(string()) }),
      run: (input) => this.#answer('GET /v1/transfers', input, this.transfers),
    };
    return transfers;
  }

  #wait(): Command {
    const wait: CommandFor<'POST /v1/transfers/wait'> = {
      name: 'transfers/wait',
      method: 'POST',
      path: '/v1/transfers/wait',
      summary: 'Waits until nothing is on its way',
      input: strictObject({ drive: optional(string()), timeout: optional(number()) }),
      run: (input, { progress }) => {
        const active = TRANSFERS.files.slice(0, 1).map((file) => ({ ...file, drive: 'films' }));
        const { size, sent } = active[0] ?? { size: 0, sent: 0 };
        progress({ files: 1, bytes: size, sent, changes: 1, active, reason: null });
        return this.#answer('POST /v1/transfers/wait', input, this.left);
      },
    };
    return wait;
  }

  #act(verb: TransferVerb): Command {
    return {
      name: `transfers/${verb}`,
      method: 'POST',
      path: `/v1/transfers/${verb}`,
      summary: verb,
      input: strictObject({ transfers: array(string()), drive: optional(string()) }),
      run: (input: { readonly transfers: readonly string[] }) => {
        const { id, path } = TRANSFERS.files[1] ?? { id: '', path: '' };
        const done = input.transfers.map(() => ({ id, drive: 'films', path }));
        const accounts = done.length === 0 ? ['main'] : [];
        return this.#answer(`POST /v1/transfers/${verb}`, input, { transfers: done, accounts });
      },
    };
  }

  status(): DaemonStatus {
    return {
      version: '0.1.0',
      pid: 4242,
      startedAt: STARTED,
      accounts: this.accounts,
      drives: DRIVES,
      mounts: this.mounts,
      content: {
        openFiles: 2,
        links: 7,
        renewals: 1,
        linksAhead: { fetched: 20, used: 18 },
        lanes: { busy: 2, waiting: 1 },
        bytes: { wanted: 5 * 1024 ** 3, fetched: 6 * 1024 ** 3 },
        blocks: {
          bytes: 3 * 1024 ** 3,
          limit: 20 * 1024 ** 3,
          probeBytes: 1024 ** 3,
          probeLimit: 4 * 1024 ** 3,
          message: null,
        },
      },
      offline: [{ account: 'main', running: 2, done: 5, failed: 1 }],
      spool: { used: 5 * 1024 ** 3, limit: 100 * 1024 ** 3 },
      memory: { resident: 123 * 1024 ** 2, buffers: 64 * 1024 ** 2, limit: 128 * 1024 ** 2 },
    };
  }

  async #untilAborted(signal: AbortSignal): Promise<never> {
    this.waiting += 1;
    if (!signal.aborted) await once(signal, 'abort');
    this.aborted.push(signal.reason);
    throw signal.reason;
  }

  #answer<Output>(route: string, input: unknown, output: Output): Promise<Output> {
    this.asked.push(`${route} ${JSON.stringify(input)}`);
    return this.failure === null ? Promise.resolve(output) : Promise.reject(this.failure);
  }
}

/** The fake daemon behind a socket. */
export function serveFakeDaemon(env: Env, path: string, daemon: FakeDaemon): Promise<ControlServer> {
  return startControlServer(env, { path, commands: daemon.commands() });
}

/** A command of a test's own. */
export function commandOf(
  name: string,
  run: (input: unknown, context: CommandContext) => Promise<unknown>,
  input: GenericSchema = object({}),
  method: 'GET' | 'POST' = 'POST',
): Command {
  return { name, method, path: `/v1/${name}`, summary: name, input, run };
}

function mountAt(path: string, drives: readonly string[], folder: string): MountStatus {
  return {
    path,
    drives,
    folder,
    readOnly: false,
    since: STARTED,
    openFiles: 2,
    state: 'mounted',
    message: null,
  };
}
