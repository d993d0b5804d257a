import type { CounterStore, DayCount } from '../net/pacer.js';
import type { StateDatabase, StateStore } from '../store/state-database.js';

/** The calls of the day, one row an account. */
export class CounterRows implements CounterStore {
  readonly #rows: StateStore<DayCount>;

  constructor(state: StateDatabase) {
    this.#rows = state.store<DayCount>('calls');
  }

  async load(account: string): Promise<DayCount | null> {
    return (await this.#rows.get(account)) ?? null;
  }

  async save(account: string, count: DayCount): Promise<void> {
    await this.#rows.set(account, count);
  }
}
