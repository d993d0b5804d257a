import type { ObservedCall } from './api-call.js';
import type { CounterStore } from './pacer.js';
import type { Transport } from './transport.js';

/** What a driver gets to reach its cloud. */
export interface NetworkServices {
  readonly transport: Transport;
  readonly counters: CounterStore;
  /** Hears of every call of an account's API, for whoever counts. Must neither throw nor take long. */
  readonly observe?: (account: string, call: ObservedCall) => void;
}
