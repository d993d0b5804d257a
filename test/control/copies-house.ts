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
const HASTE = 10;

/** Real time in which nobody waits long: the budget of calls grows as quickly. */
const hastyClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * HASTE,
  sleep: (ms, signal) => systemClock.sleep(ms / HASTE, signal),
  after: (ms, action): Timer => systemClock.after(ms / HASTE, action),
};

const ACCOUNT = { kind: '115-open', calls: { perSecond: 20, burst: 100, perDay: 1_000_000 } };

/**
 * Two emulated clouds with equal libraries, and a daemon without mounts: `films` and its folder `part` are drives of one
 * account, `backup` of another.
 */
export class CopiesHouse {
  readonly films: CloudProcess;
  readonly backup: CloudProcess;
  readonly folder: string;
  readonly client: ControlClient;
  #daemon: Daemon | null = null;

  private constructor(films: CloudProcess, backup: CloudProcess) {
    this.films = films;
    this.backup = backup;
    this.folder = mkdtempSync(join(tmpdir(), 'panfuse-copies-'));
    this.client = connectControl(join(this.folder, 'control', 'control.sock'));
  }

  /** Contents of at least `challengeFrom` bytes must be proved. */
  static async open(challengeFrom: number): Promise<CopiesHouse> {
    const options = { library: 'tree-1000', settings: { challengeFrom } } as const;
    const house = new CopiesHouse(await startCloud(options), await startCloud(options));
    try {
      const { id } = await house.films.addDirectory('part');
      await house.#start(id);
      return house;
    } catch (error) {
      await house.close();
      throw error;
    }
  }

  /** A path of this machine. */
  local(name: string): string {
    return join(this.folder, name);
  }

  async close(): Promise<void> {
    await this.#daemon?.stop();
    await Promise.all([this.films.stop(), this.backup.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(part: string): Promise<void> {
    const account = ({ login, endpoints }: CloudProcess) => {
      const { clientId, refreshToken } = login;
      return { clientId, refreshToken, endpoints, ...ACCOUNT };
    };
    const config = {
      accounts: { main: account(this.films), second: account(this.backup) },
      drives: {
        films: { account: 'main' },
        part: { account: 'main', root: part },
        backup: { account: 'second' },
      },
      state: { path: this.local('state') },
      cache: { path: this.local('cache') },
      upload: { delay: '0s' },
      timeouts: { read: '10m', stall: '2m', metadata: '10m', metadataProgress: '5m' },
      control: { socket: this.client.path },
    };
    const path = this.local('config.yaml');
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    const env = {
      clock: hastyClock,
      random: systemRandom,
      log: new FakeLogger(),
      checkpoint: () => Promise.resolve(),
    };
    const program = { version: 'test', log: { level: 'info' } } as const;
    this.#daemon = await Daemon.start(env, await loadConfig(path), program);
  }
}
