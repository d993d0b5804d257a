import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import { type ControlClient, connectControl } from '../../src/control/client.js';
import { Daemon } from '../../src/daemon/daemon.js';
import type { Clock, Timer } from '../../src/lib/env.js';
import { systemClock, systemRandom } from '../../src/lib/system-clock.js';
import { type CloudProcess, startCloud } from '../clouds/process.js';
import { FakeLogger } from '../fakes/fake-env.js';

/** How much sooner everything comes that is waited for. */
const HASTE = 50;

/** Real time in which nobody waits long. */
const hastyClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic(),
  sleep: (ms, signal) => systemClock.sleep(ms / HASTE, signal),
  after: (ms, action): Timer => systemClock.after(ms / HASTE, action),
};

const ACCOUNT = { kind: '115-open', calls: { perSecond: 20, burst: 100, perDay: 1_000_000 } };

/** An emulated cloud, and a daemon without mounts whose socket is asked. */
export class OfflineHouse {
  readonly cloud: CloudProcess;
  readonly folder: string;
  readonly client: ControlClient;
  #daemon: Daemon | null = null;

  private constructor(cloud: CloudProcess) {
    this.cloud = cloud;
    this.folder = mkdtempSync(join(tmpdir(), 'panfuse-offline-'));
    this.client = connectControl(join(this.folder, 'control', 'control.sock'));
  }

  static async open(): Promise<OfflineHouse> {
    const house = new OfflineHouse(await startCloud({ library: 'empty' }));
    await house.start();
    return house;
  }

  /** Starts the daemon on the state there is. */
  async start(offline: { readonly autoClear?: boolean } = {}): Promise<void> {
    const path = join(this.folder, 'config.yaml');
    const { clientId, refreshToken } = this.cloud.login;
    const config = {
      accounts: { main: { clientId, refreshToken, endpoints: this.cloud.endpoints, ...ACCOUNT } },
      drives: { films: { account: 'main' } },
      state: { path: join(this.folder, 'state') },
      cache: { path: join(this.folder, 'cache') },
      control: { socket: this.client.path },
      offline,
    };
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    const env = {
      clock: hastyClock,
      random: systemRandom,
      log: new FakeLogger(),
      checkpoint: () => Promise.resolve(),
    };
    this.#daemon = await Daemon.start(env, await loadConfig(path), {
      version: 'test',
      log: { level: 'info' },
    });
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop();
    this.#daemon = null;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.cloud.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
