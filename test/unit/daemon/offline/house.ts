import { AccountOffline, type OfflineTarget } from '../../../../src/daemon/offline/account.js';
import type { OfflineEvent } from '../../../../src/daemon/offline/events.js';
import type { EndedIn } from '../../../../src/daemon/offline/folders.js';
import { type AskedTask, AskedTasks } from '../../../../src/daemon/offline/rows.js';
import type { AccountHealth } from '../../../../src/driver/account.js';
import type { DirectoryEntry } from '../../../../src/driver/entry.js';
import { MemoryCloud } from '../../../../src/drivers/memory/cloud.js';
import { MemoryDriver } from '../../../../src/drivers/memory/driver.js';
import { ROOT_ID } from '../../../../src/drivers/memory/tree.js';
import { callOf } from '../../../fakes/calls.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';
import { MapStore } from '../../../fakes/map-store.js';

export const MINUTE = 60_000;

/** A cloud in RAM whose downloads take a minute, and what panfuse knows of one of its accounts. */
export class OfflineHouse {
  /** What happens at a checkpoint of the code under test. */
  stopAt: (name: string) => Promise<void> = () => Promise.resolve();
  readonly env: FakeEnv = { ...fakeEnv(), checkpoint: (name) => this.stopAt(name) };
  readonly cloud = new MemoryCloud(this.env, { offlineDuration: MINUTE });
  readonly driver = new MemoryDriver(this.cloud, ROOT_ID);
  readonly folder: DirectoryEntry = this.cloud.addDirectory(ROOT_ID, 'downloads');
  readonly store = new MapStore<AskedTask>();
  readonly events: OfflineEvent[] = [];
  readonly shown: EndedIn[] = [];
  health: AccountHealth = {
    login: 'ok',
    loginMessage: null,
    throttle: null,
    calls: { today: 0, perDay: 8000 },
  };
  readonly #open: AccountOffline[] = [];

  get target(): OfflineTarget {
    return { drive: 'films', path: '/downloads', folder: this.folder };
  }

  /** As a daemon that starts on what earlier ones have left. */
  async start(options: { readonly autoClear: boolean } = { autoClear: false }): Promise<AccountOffline> {
    const account = new AccountOffline(
      this.env,
      {
        account: { name: 'main', health: () => this.health },
        offline: this.driver.offline,
        asked: await AskedTasks.open(this.store, 'main'),
        refresh: (ended) => {
          this.shown.push(ended);
          return Promise.resolve();
        },
        tell: (event) => this.events.push(event),
      },
      options,
    );
    this.#open.push(account);
    return account;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((account) => account.close()));
  }

  /** Asks for one link; its id. */
  async ask(account: AccountOffline, name: string): Promise<string> {
    const [outcome] = await account.add([`https://example.org/${name}`], this.target, callOf());
    if (outcome === undefined || outcome.kind === 'refused' || outcome.id === null)
      throw new Error('no task');
    return outcome.id;
  }

  /** How often the cloud was asked for its list. */
  get looks(): number {
    return this.cloud.gate.calls('offline list');
  }

  /** What was told, in order: `done a.mkv`. */
  get told(): readonly string[] {
    return this.events.map(({ kind, link }) => `${kind} ${link?.split('/').at(-1) ?? ''}`);
  }
}
