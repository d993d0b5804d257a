import type { Exchange } from '../../house/exchange.js';
import type { House } from '../../house/service.js';
import { Refusal } from '../envelope.js';

/** Operations of which an account does one at a time (API document, 5). */
export type BulkOperation = 'copy' | 'delete' | 'move' | 'restore';

export interface BusyState {
  readonly running: BulkOperation;
  readonly until: number;
}

/** Keeps a second copy, move, delete or restore out until the first has ended, in the cloud's time. */
export class BusyLock {
  readonly #house: House;
  #running: BulkOperation = 'delete';
  #until = 0;

  constructor(house: House) {
    this.#house = house;
  }

  save(): BusyState {
    return { running: this.#running, until: this.#until };
  }

  load(state: BusyState): void {
    this.#running = state.running;
    this.#until = state.until;
  }

  /** Throws the refusal for an operation that comes while another one runs: its code tells which one runs. */
  admit(operation: BulkOperation, exchange: Exchange): void {
    if (exchange.struck('mutation-busy')) throw new Refusal(codeOf(operation));
    if (this.#house.clock.now() < this.#until) throw new Refusal(codeOf(this.#running));
  }

  /** The operation runs from now on: a time for each item, and at least `ms`. */
  occupy(operation: BulkOperation, items: number, ms = 0): void {
    const duration = Math.max(ms, items * this.#house.profile.current.busyPerItem);
    this.#running = operation;
    this.#until = this.#house.clock.now() + duration;
  }
}

function codeOf(operation: BulkOperation): number {
  return operation === 'move' ? 990019 : 990009;
}
