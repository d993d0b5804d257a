import type { Config } from '../config/config.js';
import { type ControlServer, startControlServer } from '../control/server.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { DaemonStatus } from '../lib/protocol.js';
import { DEFAULT_TREE_OPTIONS } from '../metadata/tree.js';
import { accountStatus, daemonCommands } from './commands.js';
import { contentSummary } from './content-summary.js';
import { Drives, type DriveSettings } from './drives.js';
import { Mounts } from './mounts.js';
import { openServices, type Services } from './services.js';

/** Everything that runs: accounts, drives, mounts and the control socket. */
export class Daemon {
  readonly #env: Env;
  readonly #config: Config;
  readonly #version: string;
  readonly #startedAt: number;
  readonly #services: Services;
  readonly #drives: Drives;
  readonly #mounts: Mounts;
  #control: ControlServer | null = null;

  private constructor(env: Env, config: Config, services: Services, version: string) {
    this.#env = env;
    this.#config = config;
    this.#version = version;
    this.#startedAt = env.clock.now();
    this.#services = services;
    this.#drives = new Drives(
      env,
      { database: services.metadata, content: services.content },
      this.#driveSettings(),
    );
    this.#mounts = new Mounts(env, this.#drives);
  }

  /**
   * Opens the state, the control socket and the mounts, in this order: a second daemon ends at the socket
   * before it touches a mount. Rejects with FsError when nothing at all could be mounted and waiting does not help.
   */
  static async start(env: Env, config: Config, version: string): Promise<Daemon> {
    const services = await openServices(env, config);
    const daemon = new Daemon(env, config, services, version);
    try {
      await daemon.#listen();
      await daemon.#mountAll();
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  /** Unmounts, stores what is known and ends. Safe to call twice. */
  async stop(): Promise<void> {
    await this.#control?.close();
    this.#control = null;
    await this.#mounts.close();
    await this.#drives.close();
    await this.#services.close();
  }

  status(): DaemonStatus {
    const content = this.#services.content.status();
    return {
      version: this.#version,
      pid: process.pid,
      startedAt: this.#startedAt,
      accounts: [...this.#services.accounts.values()].map(accountStatus),
      drives: this.#drives.status(),
      mounts: this.#mounts.status(),
      content: contentSummary(content),
      memory: {
        resident: process.memoryUsage.rss(),
        buffers: content.memory.used,
        limit: this.#config.cache.memory,
      },
    };
  }

  async #listen(): Promise<void> {
    this.#control = await startControlServer(this.#env, {
      path: this.#config.control.socket,
      group: this.#config.control.group,
      commands: daemonCommands({
        accounts: this.#services.accounts,
        mounts: this.#mounts,
        mountDefaults: this.#config.mountDefaults,
        status: () => this.status(),
        drives: () => this.#drives.status(),
      }),
    });
  }

  async #mountAll(): Promise<void> {
    const failures = await Promise.all(
      this.#config.mounts.map((mount) => this.#mounts.keep({ ...mount, folder: '/' })),
    );
    const hopeless = failures.filter((failure) => failure !== null && !this.#mounts.heals(failure));
    const [first] = hopeless;
    if (first !== undefined && first !== null && hopeless.length === failures.length) throw first;
  }

  #driveSettings(): readonly DriveSettings[] {
    const { accounts } = this.#services;
    const { metadata, metadataProgress } = this.#config.timeouts;
    return this.#config.drives.map(({ name, account: accountName, root, listingTtl }) => {
      const account = accounts.get(accountName);
      if (account === undefined)
        throw new FsError('EINVAL', `drives.${name}.account: there is no account ${accountName}`);
      return {
        name,
        account,
        root,
        tree: {
          ...DEFAULT_TREE_OPTIONS,
          listingTtl,
          patience: { progress: metadataProgress, total: metadata },
        },
      };
    });
  }
}
