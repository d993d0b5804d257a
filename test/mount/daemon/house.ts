import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ControlClient, connectControl } from '../../../src/control/client.js';
import { loginOf, StoredLogin } from '../../../src/drivers/pan115-open/stored-login.js';
import type {
  AccountStatus,
  DaemonStatus,
  DriveTransfers,
  MountStatus,
  RefreshOutput,
} from '../../../src/lib/protocol.js';
import { CredentialFiles } from '../../../src/store/credential-files.js';
import { type CloudOptions, type CloudProcess, startCloud } from '../../clouds/process.js';
import { fakeEnv } from '../../fakes/fake-env.js';
import { run } from '../programs.js';
import { DaemonProcess, type DaemonProcessOptions } from './daemon-process.js';
import { abortMounts, mountsBelow } from './watchdog.js';

export interface HouseOptions {
  readonly cloud?: CloudOptions;
  /** Keys of the account that differ from ACCOUNT. */
  readonly account?: Readonly<Record<string, unknown>>;
  /** Accounts beside that of the house. */
  readonly accounts?: Readonly<Record<string, unknown>>;
  /** Keys of the drive beside its account. */
  readonly drive?: Readonly<Record<string, unknown>>;
  /** Keys of the mount beside its path and drive. */
  readonly mount?: Readonly<Record<string, unknown>>;
  /** Top-level sections that differ from SECTIONS. */
  readonly sections?: Readonly<Record<string, unknown>>;
  /** Keys of the cache beside its path. */
  readonly cache?: Readonly<Record<string, unknown>>;
  /** Milliseconds after which everything is torn down, so that a stuck test ends; 180 s by default. */
  readonly limit?: number;
}

const LIMIT = 180_000;
/** An account that hardly waits: what the tests wait for is the daemon's own behaviour. */
const ACCOUNT = {
  kind: '115-open',
  calls: { perSecond: 20, burst: 100, perDay: 1_000_000 },
  breaker: { first: '1s', max: '1s' },
  listingLag: '2s',
};
const SECTIONS = {
  timeouts: { read: '6s', stall: '1s', metadata: '8s', metadataProgress: '4s' },
  log: { level: 'info' },
};

/** A cloud, a folder with state and mount point, and a daemon between them that can be ended and started again. */
export class House {
  readonly cloud: CloudProcess;
  readonly folder: string;
  readonly mountPoint: string;
  readonly client: ControlClient;
  readonly #options: HouseOptions;
  readonly #watchdog: NodeJS.Timeout;
  #daemon: DaemonProcess | null = null;

  private constructor(cloud: CloudProcess, options: HouseOptions) {
    this.cloud = cloud;
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), 'panfuse-daemon-'));
    this.mountPoint = join(this.folder, 'mount');
    this.client = connectControl(join(this.folder, 'control', 'control.sock'));
    this.#watchdog = setTimeout(() => this.#abort(), options.limit ?? LIMIT);
    this.#watchdog.unref();
  }

  /** Starts the cloud; the daemon is started by `start`. */
  static async build(options: HouseOptions = {}): Promise<House> {
    return new House(await startCloud(options.cloud), options);
  }

  /** Starts cloud and daemon; resolves when the mount is up. */
  static async open(options: HouseOptions = {}): Promise<House> {
    const house = await House.build(options);
    try {
      await house.start();
      return house;
    } catch (error) {
      await house.close();
      throw error;
    }
  }

  get daemon(): DaemonProcess {
    if (this.#daemon === null) throw new Error('no daemon was started');
    return this.#daemon;
  }

  /** A path inside the mount. */
  at(path: string): string {
    return `${this.mountPoint}${path}`;
  }

  /** Starts the daemon on the state there is; resolves when it says that it is ready. */
  async start(options: DaemonProcessOptions = {}): Promise<DaemonProcess> {
    const daemon = this.launch(options);
    await daemon.said(/ info ready /);
    return daemon;
  }

  /** Starts the daemon and does not wait. */
  launch(options: DaemonProcessOptions = {}): DaemonProcess {
    this.#daemon = new DaemonProcess(this.writeConfig('config.yaml'), options);
    return this.#daemon;
  }

  /** Writes a configuration beside this one's; `sections` replace those of the house. Answers its path. */
  writeConfig(name: string, sections: Readonly<Record<string, unknown>> = {}): string {
    const path = join(this.folder, name);
    const { clientId, refreshToken } = this.cloud.login;
    const account = { clientId, refreshToken, endpoints: this.cloud.endpoints, ...ACCOUNT };
    const config = {
      accounts: { main: { ...account, ...this.#options.account }, ...this.#options.accounts },
      drives: { films: { account: 'main', ...this.#options.drive } },
      mounts: [{ path: this.mountPoint, drive: 'films', ...this.#options.mount }],
      state: { path: join(this.folder, 'state') },
      cache: { path: join(this.folder, 'cache'), ...this.#options.cache },
      control: { socket: this.client.path },
      ...SECTIONS,
      ...this.#options.sections,
      ...sections,
    };
    // JSON is YAML.
    writeFileSync(path, JSON.stringify(config, null, 2), { mode: 0o600 });
    return path;
  }

  async status(): Promise<DaemonStatus> {
    return await this.client.call('GET /v1/status', {});
  }

  async account(): Promise<AccountStatus> {
    const [account] = (await this.status()).accounts;
    if (account === undefined) throw new Error('the daemon has no account');
    return account;
  }

  async mount(): Promise<MountStatus> {
    const [mount] = (await this.status()).mounts;
    if (mount === undefined) throw new Error('the daemon has no mount');
    return mount;
  }

  /** Resolves when the mount is up, however little the daemon says. */
  async mounted(): Promise<void> {
    await eventually(
      () => this.status().catch(() => null),
      (status) => status?.mounts[0]?.state === 'mounted',
      30_000,
    );
  }

  /** Has a folder listed again now. */
  async refresh(path = '', recursive = false): Promise<RefreshOutput> {
    return await this.client.call('POST /v1/refresh', { path: this.at(path), recursive });
  }

  /** What `find` shows below a path: kind, size and name of everything, sorted. */
  async tree(path = ''): Promise<readonly string[]> {
    const found = await run('find', this.at(path), '-printf', '%y %s %P\\n');
    if (found.code !== 0) throw new Error(`find: ${found.stderr}`);
    return found.stdout.trimEnd().split('\n').sort();
  }

  /** Resolves when the cloud is owed nothing that reaches it by itself. */
  async idle(): Promise<void> {
    await this.client.call('POST /v1/transfers/wait', { timeout: 60_000 });
  }

  /** What the drive owes its cloud. */
  async transfers(): Promise<DriveTransfers> {
    const [drive] = await this.client.call('GET /v1/transfers', {});
    if (drive === undefined) throw new Error('no drive is open');
    return drive;
  }

  /** Another login, stored as `panfuse login` would store it. */
  async storeNewLogin(): Promise<void> {
    const pair = await this.cloud.newLogin();
    await this.storeLogin(pair.access_token, pair.refresh_token);
  }

  /** Stores a token pair where the daemon looks for its login. */
  async storeLogin(accessToken: string, refreshToken: string): Promise<void> {
    const files = new CredentialFiles(fakeEnv(), join(this.folder, 'state', 'credentials'));
    const pasted = { refreshToken: this.cloud.login.refreshToken, ...this.#options.account };
    const stored = new StoredLogin(files, 'main', pasted);
    await stored.save(loginOf({ accessToken, refreshToken, lifetime: 7_200_000 }, Date.now()));
  }

  /** The calls that asked the cloud to renew a login, since its log was cleared. */
  async renewals(): Promise<number> {
    return (await this.cloud.log()).filter(({ path }) => path.endsWith('/refreshToken')).length;
  }

  /** Ends everything and leaves nothing behind. */
  async close(): Promise<void> {
    if (this.#daemon?.running === true) await this.#daemon.stop();
    clearTimeout(this.#watchdog);
    await this.cloud.stop();
    if (mountsBelow(this.folder).length > 0) abortMounts(this.folder);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** A folder of its own inside the house. */
  directory(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  #abort(): void {
    process.stderr.write(`watchdog: ${this.folder} is stuck\n${this.#daemon?.output ?? ''}\n`);
    abortMounts(this.folder);
    void this.#daemon?.kill();
  }
}

/** Asks again and again until the answer holds; rejects with the last answer after `limit` milliseconds. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  limit = 10_000,
): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > end) {
      throw new Error(`it did not happen within ${limit} ms; last: ${JSON.stringify(answer)}`);
    }
    await delay(50);
  }
}
