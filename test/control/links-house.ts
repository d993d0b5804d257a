import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import { type ControlClient, connectControl } from '../../src/control/client.js';
import { Daemon } from '../../src/daemon/daemon.js';
import { systemClock, systemRandom } from '../../src/lib/system-clock.js';
import { type CloudProcess, startCloud } from '../clouds/process.js';
import { FakeLogger } from '../fakes/fake-env.js';

const ACCOUNT = { kind: '115-open', calls: { perSecond: 20, burst: 100, perDay: 1_000_000 } };

/** What of the configuration differs. */
export interface LinksHouseSettings {
  readonly links?: Readonly<Record<string, unknown>>;
  readonly drive?: Readonly<Record<string, unknown>>;
}

/** An emulated cloud, and a daemon without mounts that listens for players. */
export class LinksHouse {
  readonly cloud: CloudProcess;
  readonly folder: string;
  readonly client: ControlClient;
  readonly log = new FakeLogger();
  #daemon: Daemon | null = null;

  private constructor(cloud: CloudProcess) {
    this.cloud = cloud;
    this.folder = mkdtempSync(join(tmpdir(), 'panfuse-links-'));
    this.client = connectControl(join(this.folder, 'control', 'control.sock'));
  }

  static async open(): Promise<LinksHouse> {
    const house = new LinksHouse(await startCloud({ library: 'empty' }));
    await house.start();
    return house;
  }

  /** Starts the daemon on the state there is, after the one that runs has ended. */
  async start({ links, drive }: LinksHouseSettings = {}): Promise<void> {
    await this.#daemon?.stop();
    const path = join(this.folder, 'config.yaml');
    const { clientId, refreshToken } = this.cloud.login;
    const config = {
      accounts: { main: { clientId, refreshToken, endpoints: this.cloud.endpoints, ...ACCOUNT } },
      drives: { films: { account: 'main', ...drive } },
      state: { path: join(this.folder, 'state') },
      cache: { path: join(this.folder, 'cache') },
      control: { socket: this.client.path },
      links: links ?? { listen: '127.0.0.1:0' },
    };
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    const env = {
      clock: systemClock,
      random: systemRandom,
      log: this.log,
      checkpoint: () => Promise.resolve(),
    };
    this.#daemon = await Daemon.start(env, await loadConfig(path), {
      version: 'test',
      log: { level: 'info' },
    });
  }

  async close(): Promise<void> {
    await this.#daemon?.stop();
    await this.cloud.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
