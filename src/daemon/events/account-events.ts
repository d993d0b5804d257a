import type { Account, AccountHealth } from '../../driver/account.js';
import type { Clock, Timer } from '../../lib/env.js';
import type { Events, NewEvent } from './events.js';

/** Milliseconds between two looks while somebody listens: a look reads memory and asks no cloud. */
const LOOK = 500;

type WatchedAccount = Pick<Account, 'name' | 'health'>;

/** Tells when an account loses its login or gets it back, and when its cloud refuses calls or takes them again. */
export class AccountEvents {
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #accounts: readonly WatchedAccount[];
  readonly #seen = new Map<string, AccountHealth>();
  #listeners = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, events: Events, accounts: readonly WatchedAccount[]) {
    this.#clock = clock;
    this.#events = events;
    this.#accounts = accounts;
  }

  /** Looks from now on. Answers how to stop. */
  watch(): () => void {
    this.#listeners += 1;
    if (this.#listeners === 1) this.#look();
    return () => {
      this.#listeners -= 1;
      if (this.#listeners > 0) return;
      this.#timer?.cancel();
      this.#seen.clear();
    };
  }

  /** What is wrong now, for whoever begins to listen. */
  standing(): readonly NewEvent[] {
    return this.#accounts.flatMap((account) => changes(account.name, null, account.health()));
  }

  #look(): void {
    for (const account of this.#accounts) {
      const now = account.health();
      const before = this.#seen.get(account.name);
      this.#seen.set(account.name, now);
      // What stood when somebody began to listen, that one was told then.
      if (before === undefined) continue;
      for (const event of changes(account.name, before, now)) this.#events.tell(event);
    }
    this.#timer = this.#clock.after(LOOK, () => this.#look());
  }
}

function changes(account: string, before: AccountHealth | null, now: AccountHealth): readonly NewEvent[] {
  return [...loginChange(account, before, now), ...throttleChange(account, before, now)];
}

function loginChange(account: string, before: AccountHealth | null, now: AccountHealth): readonly NewEvent[] {
  const [was, is] = [before?.login ?? 'unknown', now.login];
  if (is === 'lost' && was !== 'lost') return [{ type: 'login.lost', account, reason: now.loginMessage }];
  if (is === 'ok' && was !== 'ok' && before !== null) return [{ type: 'login.ok', account, reason: null }];
  return [];
}

function throttleChange(
  account: string,
  before: AccountHealth | null,
  now: AccountHealth,
): readonly NewEvent[] {
  const was = before?.throttle ?? null;
  const is = now.throttle;
  if (is !== null && was === null) {
    return [{ type: 'throttle.begun', account, until: is.until, reason: is.message }];
  }
  if (is === null && was !== null) return [{ type: 'throttle.ended', account, until: null, reason: null }];
  return [];
}
