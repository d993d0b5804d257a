import type { CounterStore } from './pacer.js';
import type { Transport } from './transport.js';

/** What a driver gets to reach its cloud. */
export interface NetworkServices {
  readonly transport: Transport;
  readonly counters: CounterStore;
}
