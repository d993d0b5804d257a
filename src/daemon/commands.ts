import {
  boolean,
  integer,
  maxValue,
  minValue,
  number,
  optional,
  pipe,
  regex,
  strictObject,
  string,
  type GenericSchema,
} from 'valibot';
import type { Account } from '../driver/account.js';
import type { Call } from '../lib/call.js';
import type { Command } from '../lib/command.js';
import { FsError } from '../lib/errors.js';
import type {
  AccountStatus,
  CommandFor,
  DaemonStatus,
  DriveStatus,
  MountInput,
  RefreshInput,
} from '../lib/protocol.js';
import { linkCommands } from './links/commands.js';
import type { Links } from './links/links.js';
import { type CacheCommandParts, cacheCommands } from './cache/commands.js';
import type { OpenDrive } from './drives.js';
import type { KnownTrees } from './trees/known-trees.js';
import type { Copies } from './making/copies.js';
import type { Mounts, MountSettings } from './mounts.js';
import type { Offline } from './offline/offline.js';
import { offlineCommands } from './offline/commands.js';
import { locatePlace, type Locators, placeName } from './place-names.js';
import type { Rapid } from './making/rapid.js';
import { copyCommands, rapidCommands } from './making/rapid-commands.js';
import type { TransferActions } from './transfers/actions.js';
import { transferCommands } from './transfers/commands.js';
import type { RecycleBins } from './trash/trash.js';
import { trashCommands } from './trash/commands.js';
import { treeCommands } from './trees/commands.js';

/** What of a mount has a default. */
export type MountDefaults = Omit<MountSettings, 'path' | 'layout' | 'drives' | 'folder'>;

/** What the commands act on. */
export interface CommandParts {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly mounts: Mounts;
  /** Finds what people name as DRIVE:/PATH or as a path inside a mount. */
  readonly locators: Locators<OpenDrive>;
  readonly transfers: TransferActions;
  readonly offline: Offline;
  readonly rapid: Rapid;
  readonly copies: Copies;
  readonly trees: KnownTrees;
  readonly trash: RecycleBins;
  readonly cache: CacheCommandParts;
  readonly links: Links;
  /** What a mount is where the request does not say. */
  readonly mountDefaults: MountDefaults;
  status(): DaemonStatus;
  drives(): readonly DriveStatus[];
}

const absolutePath = pipe(string(), regex(/^\//, 'must be an absolute path, such as /mnt/films'));
const wholeNumber = pipe(number(), integer('must be a whole number'), minValue(0, 'must not be negative'));
const nothing = strictObject({});
const READ_AHEAD = 'must be from 4 KiB to 16 MiB';

/** Everything a running daemon can be asked. */
export function daemonCommands(parts: CommandParts): readonly Command[] {
  return [
    statusCommand(parts),
    drivesCommand(parts),
    mountsCommand(parts),
    mountCommand(parts),
    unmountCommand(parts),
    refreshCommand(parts),
    reloadCommand(parts),
    ...transferCommands(parts.transfers),
    ...offlineCommands(parts.offline),
    ...rapidCommands(parts.rapid),
    ...copyCommands(parts.copies),
    ...treeCommands(parts.trees),
    ...trashCommands(parts.trash),
    ...cacheCommands(parts.cache),
    ...linkCommands(parts.links),
  ];
}

/** A person waits at a terminal. */
function asked(signal: AbortSignal): Call {
  return { signal, urgency: 'lookup' };
}

function statusCommand(parts: CommandParts): CommandFor<'GET /v1/status'> {
  return {
    name: 'status',
    method: 'GET',
    path: '/v1/status',
    summary: 'Accounts, drives, mounts and transfers on one page',
    input: nothing,
    run: () => Promise.resolve(parts.status()),
  };
}

function drivesCommand(parts: CommandParts): CommandFor<'GET /v1/drives'> {
  return {
    name: 'drives',
    method: 'GET',
    path: '/v1/drives',
    summary: 'The drives of the configuration',
    input: nothing,
    run: () => Promise.resolve(parts.drives()),
  };
}

function mountsCommand(parts: CommandParts): CommandFor<'GET /v1/mounts'> {
  return {
    name: 'mounts',
    method: 'GET',
    path: '/v1/mounts',
    summary: 'What is mounted where',
    input: nothing,
    run: () => Promise.resolve(parts.mounts.status()),
  };
}

const mountInput: GenericSchema<unknown, MountInput> = strictObject({
  drive: string(),
  folder: absolutePath,
  path: absolutePath,
  options: strictObject({
    readOnly: optional(boolean()),
    allowOther: optional(boolean()),
    uid: optional(wholeNumber),
    gid: optional(wholeNumber),
    umask: optional(pipe(string(), regex(/^[0-7]{1,4}$/, 'must be octal, such as 022'))),
    readAhead: optional(
      pipe(wholeNumber, minValue(4096, READ_AHEAD), maxValue(16 * 1024 * 1024, READ_AHEAD)),
    ),
  }),
});

function mountCommand({ mounts, mountDefaults }: CommandParts): CommandFor<'POST /v1/mount'> {
  return {
    name: 'mount',
    method: 'POST',
    path: '/v1/mount',
    summary: 'Mount a drive, or a folder of one, until the daemon ends',
    input: mountInput,
    run: ({ drive, folder, path, options }, { signal }) =>
      mounts.add(
        {
          path: path.replace(/(?<=.)\/+$/, ''),
          layout: 'drive',
          drives: [drive],
          folder,
          readOnly: options.readOnly ?? mountDefaults.readOnly,
          allowOther: options.allowOther ?? mountDefaults.allowOther,
          uid: options.uid ?? mountDefaults.uid,
          gid: options.gid ?? mountDefaults.gid,
          umask: options.umask === undefined ? mountDefaults.umask : Number.parseInt(options.umask, 8),
          readAhead: options.readAhead ?? mountDefaults.readAhead,
        },
        asked(signal),
      ),
  };
}

function unmountCommand({ mounts }: CommandParts): CommandFor<'POST /v1/unmount'> {
  return {
    name: 'unmount',
    method: 'POST',
    path: '/v1/unmount',
    summary: 'Take a mount down',
    input: strictObject({ path: absolutePath }),
    async run({ path }) {
      await mounts.remove(path.replace(/(?<=.)\/+$/, ''));
      return { path };
    },
  };
}

const refreshInput: GenericSchema<unknown, RefreshInput> = strictObject({
  path: placeName,
  recursive: boolean(),
  unknown: optional(boolean()),
});

function refreshCommand({ locators }: CommandParts): CommandFor<'POST /v1/refresh'> {
  return {
    name: 'refresh',
    method: 'POST',
    path: '/v1/refresh',
    summary: 'List a folder again now',
    input: refreshInput,
    async run({ path, recursive, unknown: unknownOnly = false }, { signal, progress }) {
      const call = asked(signal);
      const { drive, path: inside } = await locatePlace(path, locators, call);
      const maySpend = (): boolean => drive.source.spare?.() !== false;
      const options = { recursive, unknownOnly, maySpend, progress };
      return await drive.tree.refresh(inside, options, call);
    },
  };
}

function reloadCommand({ accounts, mounts }: CommandParts): CommandFor<'POST /v1/accounts/reload'> {
  return {
    name: 'reload',
    method: 'POST',
    path: '/v1/accounts/reload',
    summary: 'Read the stored login of an account again',
    input: strictObject({ account: string() }),
    async run({ account: name }) {
      const account = accounts.get(name);
      if (account === undefined)
        throw new FsError('ENOENT', `there is no account ${name} in the configuration`);
      await account.reload();
      mounts.retryNow();
      return accountStatus(account);
    },
  };
}

/** An account as `status` shows it. */
export function accountStatus(account: Account): AccountStatus {
  return { name: account.name, kind: account.kind, ...account.health() };
}
