import type { Content } from '../content/content.js';
import type { Account } from '../driver/account.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { DriveStatus } from '../lib/protocol.js';
import { SingleFlight } from '../lib/single-flight.js';
import { Tree, type TreeOptions } from '../metadata/tree.js';
import type { StateDatabase } from '../store/state-database.js';
import type { VfsDrive } from '../vfs/drive.js';
import { hasSpareCalls } from './spare-calls.js';

/** A drive as the configuration names it. */
export interface DriveSettings {
  readonly name: string;
  readonly account: Account;
  readonly root: string;
  readonly tree: TreeOptions;
}

export interface OpenDrive extends VfsDrive {
  readonly tree: Tree;
}

interface DriveParts {
  readonly database: StateDatabase;
  readonly content: Content;
}

/** The drives of the configuration; a drive is opened when it is first needed and stays open. */
export class Drives {
  readonly #env: Env;
  readonly #parts: DriveParts;
  readonly #settings: ReadonlyMap<string, DriveSettings>;
  readonly #open = new Map<string, OpenDrive>();
  readonly #opening = new SingleFlight<OpenDrive>();

  constructor(env: Env, parts: DriveParts, settings: readonly DriveSettings[]) {
    this.#env = env;
    this.#parts = parts;
    this.#settings = new Map(settings.map((drive) => [drive.name, drive]));
  }

  /** The drive, opened. Rejects with FsError: ENOENT for an unknown name, or why a first start could not prove it. */
  async open(name: string, call: Call): Promise<OpenDrive> {
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    const settings = this.#settings.get(name);
    if (settings === undefined) {
      const known = [...this.#settings.keys()].join(', ');
      throw new FsError('ENOENT', `there is no drive ${name} in the configuration (known: ${known})`);
    }
    return await this.#opening.run(name, call, (shared) => this.#begin(settings, shared));
  }

  /** One row a configured drive, open or not. Asks nothing. */
  status(): readonly DriveStatus[] {
    return [...this.#settings.values()].map((settings) => this.#statusOf(settings));
  }

  /** Resolves when everything known is on disk. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((drive) => drive.tree.close()));
    this.#open.clear();
  }

  async #begin(settings: DriveSettings, call: Call): Promise<OpenDrive> {
    const driver = settings.account.drive(settings.root);
    const tree = new Tree(
      this.#env,
      {
        driver,
        database: this.#parts.database,
        drive: settings.name,
        fingerprint: `${settings.account.kind} ${settings.account.name} ${settings.root}`,
      },
      settings.tree,
    );
    await tree.open(call);
    const { account } = settings;
    const source = {
      account: account.name,
      driver,
      connections: account.connections,
      spare: () => hasSpareCalls(account.health()),
    };
    const drive = { name: settings.name, tree, content: this.#parts.content, source, writes: null };
    this.#open.set(settings.name, drive);
    return drive;
  }

  #statusOf({ name, account, root }: DriveSettings): DriveStatus {
    const tree = this.#open.get(name)?.tree;
    const { directories, entries, lastError } = tree?.status() ?? NOT_OPEN;
    const space = tree?.knownSpace() ?? null;
    return { name, account: account.name, root, directories, entries, space, lastError };
  }
}

const NOT_OPEN = { directories: 0, entries: 0, lastError: null };
