import type { Account, AccountHealth, AccountLogin } from '../../driver/account.js';
import type { Driver } from '../../driver/driver.js';
import type { MemoryCloud } from './cloud.js';
import { MemoryDriver } from './driver.js';
import { type MemoryFault, faultyDriver } from './faults.js';

export interface MemoryAccountOptions {
  /** Drives of this account break their contract in this way: proves that the conformance suite finds it. */
  readonly fault?: MemoryFault;
}

/** An account of a memory cloud. It needs no login, but may lose it (`MemoryGate.loseLogin`). */
export class MemoryAccount implements Account {
  readonly name: string;
  readonly kind = 'memory';
  readonly login: AccountLogin = {};
  readonly connections = 8;
  readonly #cloud: MemoryCloud;
  readonly #fault: MemoryFault | null;

  constructor(name: string, cloud: MemoryCloud, options: MemoryAccountOptions = {}) {
    this.name = name;
    this.#cloud = cloud;
    this.#fault = options.fault ?? null;
  }

  drive(root: string): Driver {
    if (this.#fault !== null) return faultyDriver(this.#cloud, root, this.#fault);
    return new MemoryDriver(this.#cloud, root);
  }

  health(): AccountHealth {
    const { gate } = this.#cloud;
    return {
      login: gate.login,
      loginMessage: gate.login === 'lost' ? gate.refusal : null,
      throttle: null,
      calls: { today: gate.calls(), perDay: Number.MAX_SAFE_INTEGER },
    };
  }

  reload(): Promise<void> {
    this.#cloud.gate.forgetLogin();
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
