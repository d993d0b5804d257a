import { Registry } from 'prom-client';
import type { Config } from '../config/config.js';
import { inheritedSocket } from '../control/inherited-socket.js';
import { type ControlServer, startControlServer } from '../control/server.js';
import type { Command } from '../lib/command.js';
import { startTextServer, type TextServer } from '../control/text-server.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { DaemonStatus } from '../lib/protocol.js';
import { DEFAULT_TREE_OPTIONS } from '../metadata/tree.js';
import { Hasher } from '../upload/hasher/hasher.js';
import { AccountEvents } from './events/account-events.js';
import { accountStatus, daemonCommands } from './commands.js';
import { CacheActions } from './cache/actions.js';
import type { CacheCommandParts } from './cache/commands.js';
import { CacheWarming } from './cache/warming.js';
import { contentSummary } from './content-summary.js';
import { Copies } from './making/copies.js';
import { doctorCommand } from './doctor.js';
import { Drives, type DriveSettings, type OpenDrive } from './drives.js';
import { Links } from './links/links.js';
import { type LevelledLog, logCommands } from './log-commands.js';
import { KnownTrees } from './trees/known-trees.js';
import { MakingSources } from './making/sources.js';
import { eventCommands, type EventParts } from './events/commands.js';
import { Events } from './events/events.js';
import { Metrics } from './metrics/metrics.js';
import { metricsCommand } from './metrics/metrics-command.js';
import type { Snapshot } from './metrics/series.js';
import { takeSnapshot } from './metrics/snapshot.js';
import { Mounts } from './mounts.js';
import { namesCommand } from './trees/names-command.js';
import { Offline } from './offline/offline.js';
import type { Locators } from './place-names.js';
import { Rapid } from './making/rapid.js';
import { openServices, type Services } from './services.js';
import { StateLock } from './state-lock.js';
import { TransferActions } from './transfers/actions.js';
import { RecycleBins } from './trash/trash.js';

/** The program that a daemon runs in. */
export interface Program {
  readonly version: string;
  readonly log: LevelledLog;
}

interface DaemonParts {
  readonly services: Services;
  readonly register: Registry;
  readonly program: Program;
  readonly lock: StateLock;
}

/** Everything that runs: accounts, drives, mounts and the control socket. */
export class Daemon {
  readonly #env: Env;
  readonly #config: Config;
  readonly #program: Program;
  readonly #startedAt: number;
  readonly #services: Services;
  readonly #lock: StateLock;
  readonly #events: Events;
  readonly #drives: Drives;
  readonly #mounts: Mounts;
  readonly #metrics: Metrics;
  readonly #closing = new AbortController();
  #control: ControlServer | null = null;
  #offline: Offline | null = null;
  #links: Links | null = null;
  #metricsServer: TextServer | null = null;

  private constructor(env: Env, config: Config, { services, register, program, lock }: DaemonParts) {
    this.#env = env;
    this.#lock = lock;
    this.#config = config;
    this.#program = program;
    this.#startedAt = env.clock.now();
    this.#services = services;
    this.#events = new Events(env);
    const { metadata: database, content, uploads } = services;
    this.#drives = new Drives(
      env,
      { database, content, uploads, events: this.#events },
      this.#driveSettings(),
    );
    this.#mounts = new Mounts(env, this.#drives, this.#events);
    this.#metrics = Metrics.create(register, () => this.#snapshot());
  }

  /**
   * Opens the state, the control socket and the mounts, in this order: a second daemon ends at the state's lock, or at
   * the socket, before it touches a mount. Rejects with FsError when nothing at all could be mounted and waiting does not help.
   */
  static async start(env: Env, config: Config, program: Program): Promise<Daemon> {
    const lock = await StateLock.take(config.state.path);
    const daemon = await Daemon.#prepare(env, config, program, lock);
    try {
      await daemon.#listen();
      await daemon.#serveMetrics();
      await daemon.#mountAll();
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  static async #prepare(env: Env, config: Config, program: Program, lock: StateLock): Promise<Daemon> {
    const register = new Registry();
    try {
      const services = await openServices(env, config, register);
      return new Daemon(env, config, { services, register, program, lock });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Unmounts, ends uploads, stores what is known and ends. Safe to call twice. */
  async stop(): Promise<void> {
    this.#closing.abort(new FsError('EINTR', 'the daemon stops', { expected: true }));
    await this.#control?.close();
    this.#control = null;
    await this.#metricsServer?.close();
    await this.#offline?.close();
    await this.#links?.close();
    await this.#mounts.close();
    this.#services.adoption?.close();
    await this.#drives.close();
    await this.#services.close();
    await this.#lock.release();
  }

  status(): DaemonStatus {
    const content = this.#services.content.status();
    return {
      version: this.#program.version,
      pid: process.pid,
      startedAt: this.#startedAt,
      accounts: [...this.#services.accounts.values()].map(accountStatus),
      drives: this.#drives.status(),
      mounts: this.#mounts.status(),
      content: contentSummary(content),
      offline: this.#offline?.summary() ?? [],
      spool: this.#services.uploads.spool,
      memory: {
        resident: process.memoryUsage.rss(),
        buffers: content.memory.used,
        limit: this.#config.cache.memory,
      },
    };
  }

  async #openOffline(): Promise<Offline> {
    this.#offline = await Offline.open(
      this.#env,
      {
        configured: this.#driveSettings(),
        drives: this.#drives,
        mounts: this.#mounts,
        rows: this.#services.offline,
      },
      this.#config.offline,
    );
    this.#offline.onEvent(({ kind, ...task }) => this.#events.tell({ type: `offline.${kind}`, ...task }));
    return this.#offline;
  }

  async #openLinks(): Promise<Links> {
    const { drives, links, state } = this.#config;
    const proxied = drives.filter(({ downloadProxy }) => downloadProxy !== null);
    this.#links = await Links.open(
      this.#env,
      { content: this.#services.content, drives: this.#drives, mounts: this.#mounts },
      {
        ...links,
        proxies: new Map(proxied.map(({ name, downloadProxy }) => [name, downloadProxy ?? ''])),
        state: state.path,
      },
    );
    return this.#links;
  }

  #making(): { readonly clock: Env['clock']; readonly sources: MakingSources } {
    const { clock } = this.#env;
    const parts = { drives: this.#drives, mounts: this.#mounts, newHasher: () => new Hasher() };
    return { clock, sources: new MakingSources(clock, parts) };
  }

  async #listen(): Promise<void> {
    const offline = await this.#openOffline();
    const making = this.#making();
    const links = await this.#openLinks();
    this.#control = await startControlServer(this.#env, {
      path: this.#config.control.socket,
      group: this.#config.control.group,
      inherited: inheritedSocket(process.env, process.pid),
      commands: [
        ...daemonCommands({
          accounts: this.#services.accounts,
          mounts: this.#mounts,
          transfers: new TransferActions(this.#env.clock, {
            drives: this.#drives,
            mounts: this.#mounts,
            uploads: this.#services.uploads,
          }),
          offline,
          rapid: new Rapid(making),
          copies: new Copies(making),
          links,
          ...this.#knowledge(),
          mountDefaults: this.#config.mountDefaults,
          status: () => this.status(),
          drives: () => this.#drives.status(),
        }),
        ...this.#furtherCommands(),
      ],
    });
  }

  /** Those that look at the daemon as a whole. */
  #furtherCommands(): readonly Command[] {
    const found = {
      config: this.#config,
      transport: this.#services.transport,
      status: () => this.status(),
    };
    return [
      doctorCommand(this.#env, found),
      ...logCommands(this.#program.log, this.#config.log.level),
      ...eventCommands(this.#eventParts()),
      metricsCommand(this.#metrics),
      namesCommand({ drives: this.#drives, mounts: this.#mounts }),
    ];
  }

  /** What commands ask of trees, recycle bins and the block cache. */
  #knowledge(): {
    readonly locators: Locators<OpenDrive>;
    readonly trees: KnownTrees;
    readonly trash: RecycleBins;
    readonly cache: CacheCommandParts;
  } {
    const locators = { drives: this.#drives, mounts: this.#mounts };
    const { kept, content } = this.#services;
    const trees = new KnownTrees(locators);
    const warming =
      kept === null ? null : new CacheWarming(this.#env, { content, blocks: kept.blocks, locators });
    return {
      locators,
      trees,
      trash: new RecycleBins(this.#env.clock, { configured: this.#driveSettings(), ...locators }),
      cache: { actions: new CacheActions({ kept, trees, locators, drives: this.#drives }), warming },
    };
  }

  /** Nobody who reads a file has to do without it because of an address that is taken. */
  async #serveMetrics(): Promise<void> {
    const { listen } = this.#config.metrics;
    if (listen === null) return;
    const { type } = this.#metrics;
    const page = { path: '/metrics', type, text: () => this.#metrics.text() };
    try {
      this.#metricsServer = await startTextServer(this.#env, { name: 'metrics.listen', ...listen, ...page });
    } catch (error) {
      this.#env.log.error('metrics are only on the control socket', { error });
    }
  }

  #snapshot(): Promise<Snapshot> {
    return takeSnapshot({
      status: () => this.status(),
      content: () => this.#services.content.status(),
      mounts: () => this.#mounts.tallies(),
      uploads: () => this.#drives.uploadCounts.all,
    });
  }

  #eventParts(): EventParts {
    const { clock } = this.#env;
    const accounts = [...this.#services.accounts.values()];
    return { clock, events: this.#events, accounts: new AccountEvents(clock, this.#events, accounts) };
  }

  async #mountAll(): Promise<void> {
    const failures = await Promise.all(
      this.#config.mounts.map((mount) => this.#mounts.keep({ ...mount, folder: '/' })),
    );
    const hopeless = failures.filter((failure) => failure !== null && !this.#mounts.heals(failure));
    const [first] = hopeless;
    if (first !== undefined && first !== null && hopeless.length === failures.length) throw first;
    // Behind: a drive that is not mounted may need the cloud to be opened.
    void this.#drives.openOwing({ signal: this.#closing.signal, urgency: 'background' });
  }

  #driveSettings(): readonly DriveSettings[] {
    const { accounts } = this.#services;
    const { metadata, metadataProgress } = this.#config.timeouts;
    return this.#config.drives.map(({ name, account: accountName, root, listingTtl, close }) => {
      const account = accounts.get(accountName);
      if (account === undefined)
        throw new FsError('EINVAL', `drives.${name}.account: there is no account ${accountName}`);
      return {
        name,
        account,
        root,
        close,
        tree: {
          ...DEFAULT_TREE_OPTIONS,
          listingTtl,
          patience: { progress: metadataProgress, total: metadata },
        },
      };
    });
  }
}
