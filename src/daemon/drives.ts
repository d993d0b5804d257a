import type { Content } from '../content/content.js';
import type { Account } from '../driver/account.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import type { DriveStatus } from '../lib/protocol.js';
import { SingleFlight } from '../lib/single-flight.js';
import { Tree, type TreeOptions } from '../metadata/tree.js';
import type { StateDatabase } from '../store/state-database.js';
import type { UploadEvent } from '../upload/upload-event.js';
import type { Writes } from '../upload/writes.js';
import type { VfsDrive } from '../vfs/drive.js';
import type { Events } from './events/events.js';
import { hasSpareCalls } from './spare-calls.js';
import { transfersSummary } from './transfers/status.js';
import { TreeEvents } from './events/tree-events.js';
import { UploadCounts } from './transfers/upload-counts.js';
import { uploadEvent } from './events/upload-events.js';
import type { DriveUploads, Uploads, WrittenDrive } from './uploads.js';

/** A drive as the configuration names it. */
export interface DriveSettings {
  readonly name: string;
  readonly account: Account;
  readonly root: string;
  readonly tree: TreeOptions;
  readonly close: 'async' | 'sync';
}

export interface OpenDrive extends VfsDrive {
  readonly tree: Tree;
  readonly content: Content;
  readonly account: Account;
  readonly writes: Writes | null;
}

interface DriveParts {
  readonly database: StateDatabase;
  readonly content: Content;
  readonly uploads: Uploads;
  readonly events: Events;
}

/** A drive with what has to be closed. */
interface OpenRow {
  readonly drive: OpenDrive;
  readonly uploads: DriveUploads | null;
  /** Why nothing can be written; null when it can, or the cloud takes no writes at all. */
  readonly trouble: string | null;
}

/** The drives of the configuration; a drive is opened when it is first needed and stays open. */
export class Drives {
  /** What became of uploads since the start. */
  readonly uploadCounts = new UploadCounts();
  readonly #env: Env;
  readonly #parts: DriveParts;
  readonly #settings: ReadonlyMap<string, DriveSettings>;
  readonly #open = new Map<string, OpenRow>();
  readonly #opening = new SingleFlight<OpenDrive>();

  constructor(env: Env, parts: DriveParts, settings: readonly DriveSettings[]) {
    this.#env = env;
    this.#parts = parts;
    this.#settings = new Map(settings.map((drive) => [drive.name, drive]));
  }

  /** The drive, opened. Rejects with FsError: ENOENT for an unknown name, or why a first start could not prove it. */
  async open(name: string, call: Call): Promise<OpenDrive> {
    const open = this.#open.get(name);
    if (open !== undefined) return open.drive;
    const settings = this.#settings.get(name);
    if (settings === undefined) {
      const known = [...this.#settings.keys()].join(', ');
      throw new FsError('ENOENT', `there is no drive ${name} in the configuration (known: ${known})`);
    }
    return await this.#opening.run(name, call, (shared) => this.#begin(settings, shared));
  }

  /** The drives that are open. */
  opened(): readonly OpenDrive[] {
    return [...this.#open.values()].map(({ drive }) => drive);
  }

  /** Opens the drives that owe their clouds something, mounted or not. Logs what cannot be opened. Never rejects. */
  async openOwing(call: Call): Promise<void> {
    for (const name of this.#settings.keys()) {
      try {
        if (!this.#open.has(name) && (await this.#parts.uploads.owes(name))) await this.open(name, call);
      } catch (error) {
        if (call.signal.aborted) return;
        this.#env.log.warn('what a drive owes waits until it is mounted', { drive: name, error });
      }
    }
  }

  /** One row a configured drive, open or not. Asks nothing. */
  status(): readonly DriveStatus[] {
    return [...this.#settings.values()].map((settings) => this.#statusOf(settings));
  }

  /** Ends uploads, to go on in the next run; resolves when everything known is on disk. */
  async close(): Promise<void> {
    const rows = [...this.#open.values()];
    await Promise.all(rows.map(async ({ uploads }) => await uploads?.close()));
    await Promise.all(rows.map(({ drive }) => drive.tree.close()));
    this.#open.clear();
  }

  async #begin(settings: DriveSettings, call: Call): Promise<OpenDrive> {
    const { name, account } = settings;
    const driver = account.drive(settings.root);
    const tree = new Tree(
      this.#env,
      {
        driver,
        database: this.#parts.database,
        drive: name,
        fingerprint: `${account.kind} ${account.name} ${settings.root}`,
      },
      settings.tree,
    );
    await tree.open(call);
    const { clock } = this.#env;
    const { events } = this.#parts;
    const changes = new TreeEvents(clock, events, name);
    tree.onChange(({ paths }) => changes.changed(paths));
    const source = {
      account: account.name,
      driver,
      connections: account.connections,
      spare: () => hasSpareCalls(account.health()),
    };
    const written = {
      ...{ name, account, source, tree: tree.local, close: settings.close },
      tell: (event: UploadEvent) => {
        this.uploadCounts.add(name, event);
        events.tell(uploadEvent(name, event));
      },
    };
    const { uploads, trouble } = await this.#beginUploads(written);
    const writes = uploads?.writes ?? null;
    const drive = { name, account, tree, content: this.#parts.content, source, writes };
    this.#open.set(name, { drive, uploads, trouble });
    return drive;
  }

  /** A drive that cannot be written to can be read. */
  async #beginUploads(drive: WrittenDrive): Promise<Pick<OpenRow, 'uploads' | 'trouble'>> {
    try {
      return { uploads: await this.#parts.uploads.begin(drive), trouble: null };
    } catch (thrown) {
      const error = toFsError(thrown);
      this.#env.log.error('a drive can only be read', { drive: drive.name, error });
      return { uploads: null, trouble: error.message };
    }
  }

  #statusOf({ name, account, root }: DriveSettings): DriveStatus {
    const open = this.#open.get(name);
    const { directories, entries, lastError } = open?.drive.tree.status() ?? NOT_OPEN;
    const space = open?.drive.tree.knownSpace() ?? null;
    const transfers = open?.drive.writes?.transfers.status();
    return {
      ...{ name, account: account.name, root, directories, entries, space, lastError },
      readOnlyBecause: open?.trouble ?? null,
      transfers: transfers === undefined ? null : transfersSummary(transfers),
    };
  }
}

const NOT_OPEN = { directories: 0, entries: 0, lastError: null };
