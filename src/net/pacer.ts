import { abortable } from '../lib/abortable.js';
import { type Call, urgencyRank } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { Breaker, type BreakerOptions } from './breaker.js';
import { type CounterStore, DayCounter } from './day-counter.js';
import { TokenBucket } from './token-bucket.js';

export type { CounterStore, DayCount } from './day-counter.js';

export interface PacerOptions {
  /** The steady pace. */
  readonly perSecond: number;
  /** How many may go out at once after a rest; at least 1. */
  readonly burst: number;
  /** Calls of one day (UTC+8); readers may go a tenth beyond. */
  readonly perDay: number;
  /** Pauses after a refusal; default 1 minute, doubling up to 1 hour. */
  readonly breaker?: BreakerOptions;
  /** A lookup that would have to wait longer than this (milliseconds, default 20 s) fails at once. */
  readonly patience?: number;
  /** Calls under way at once; default without limit. */
  readonly concurrency?: number;
}

export interface PacerState {
  /** While nothing goes out: until when (milliseconds since the epoch), and why. */
  readonly throttle: { readonly until: number; readonly message: string } | null;
  readonly calls: {
    readonly today: number;
    readonly perDay: number;
    /** Calls of today by the name they were admitted under. */
    readonly byName: Readonly<Record<string, number>>;
  };
  /** How many callers wait. */
  readonly waiting: number;
}

interface Waiter {
  readonly call: Call;
  readonly name: string;
  readonly admit: () => void;
  readonly refuse: (error: Error) => void;
}

const READER_RESERVE = 1.1;

/**
 * Lets the calls of one account out: never above its pace, the most urgent first, none while the cloud refuses.
 * After each admission exactly one of `succeeded`, `refused` and `lost` must follow.
 */
export class Pacer {
  readonly #env: Env;
  readonly #account: string;
  readonly #options: PacerOptions;
  readonly #bucket: TokenBucket;
  readonly #breaker: Breaker;
  readonly #counter: DayCounter;
  readonly #waiting = new Set<Waiter>();
  #beginning: Promise<void> | null = null;
  #underWay = 0;
  #wake: AbortController | null = null;

  constructor(env: Env, account: string, counters: CounterStore, options: PacerOptions) {
    this.#env = env;
    this.#account = account;
    this.#options = options;
    this.#bucket = new TokenBucket(env.clock, options.perSecond, options.burst);
    this.#breaker = new Breaker(env.clock, options.breaker ?? { first: 60_000, max: 3_600_000 });
    this.#counter = new DayCounter(env, account, counters);
  }

  /**
   * Resolves when one call may go out now. Rejects with the signal's reason on abort; with FsError ETIMEDOUT,
   * reason `throttle`, when the calls of the day are used up, and for a lookup when the cloud refuses calls for
   * longer than its patience. Others wait for the cloud as long as their signal lets them.
   */
  async admit(call: Call, name: string): Promise<void> {
    call.signal.throwIfAborted();
    await abortable(call.signal, this.#begin());
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter);
        call.signal.removeEventListener('abort', aborted);
      };
      const aborted = (): void => {
        waiter.refuse(call.signal.reason as Error);
        this.#pump();
      };
      const waiter: Waiter = {
        call,
        name,
        admit: () => {
          leave();
          resolve();
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      call.signal.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(waiter);
      this.#pump();
    });
  }

  /** The cloud refused an admitted call for being too many; `wait` in milliseconds when it said how long. */
  refused(wait: number | null, message: string): void {
    this.#breaker.refused(wait, message);
    this.#env.log.warn('the cloud refuses calls', {
      account: this.#account,
      pause: Math.round(this.#breaker.remaining),
      said: message,
    });
    this.#settled();
  }

  /** The cloud answered an admitted call, be it with an error: it does not refuse calls. */
  succeeded(): void {
    if (this.#breaker.succeeded()) {
      this.#bucket.drain();
      this.#env.log.info('the cloud takes calls again', { account: this.#account });
    }
    this.#settled();
  }

  /** An admitted call ended without an answer that says whether the cloud takes calls. */
  lost(): void {
    this.#settled();
  }

  state(): PacerState {
    const { today, byName } = this.#counter;
    const calls = { today, perDay: this.#options.perDay, byName };
    return { throttle: this.#throttle(), calls, waiting: this.#waiting.size };
  }

  /** Resolves when the calls of the day are in the store. */
  async flush(): Promise<void> {
    await this.#counter.flush();
  }

  #begin(): Promise<void> {
    this.#beginning ??= this.#counter.load().then(() => this.#goOn());
    return this.#beginning;
  }

  /** The cloud still counts what went out before a restart. */
  #goOn(): void {
    const { burst, perSecond } = this.#options;
    if (this.#counter.restBeforeStart < (1000 * burst) / perSecond) this.#bucket.drain();
  }

  #settled(): void {
    this.#underWay = Math.max(0, this.#underWay - 1);
    this.#pump();
  }

  #pump(): void {
    this.#wake?.abort();
    this.#wake = null;
    for (;;) {
      this.#dismissHopeless();
      const next = this.#mostUrgent();
      if (next === null || this.#underWay >= this.#limit()) return;
      const wait = Math.max(this.#breaker.remaining, this.#bucket.wait);
      if (wait > 0) {
        this.#wakeAfter(wait);
        return;
      }
      this.#bucket.take();
      this.#counter.add(next.name);
      this.#underWay += 1;
      next.admit();
    }
  }

  /** Sleeps rather than setting a timer: somebody waits, so the process must not end meanwhile. */
  #wakeAfter(ms: number): void {
    const wake = new AbortController();
    this.#wake = wake;
    this.#env.clock.sleep(Math.ceil(ms), wake.signal).then(
      () => this.#pump(),
      () => undefined, // Woken by something else.
    );
  }

  #limit(): number {
    return this.#breaker.condition === 'trying' ? 1 : (this.#options.concurrency ?? Infinity);
  }

  #mostUrgent(): Waiter | null {
    let best: Waiter | null = null;
    for (const waiter of this.#waiting) {
      if (best === null || urgencyRank(waiter.call.urgency) < urgencyRank(best.call.urgency)) best = waiter;
    }
    return best;
  }

  #dismissHopeless(): void {
    for (const waiter of [...this.#waiting]) {
      const error = this.#refusal(waiter.call);
      if (error !== null) waiter.refuse(error);
    }
  }

  #refusal(call: Call): FsError | null {
    const { perDay, patience = 20_000 } = this.#options;
    const budget = call.urgency === 'reader' ? Math.floor(perDay * READER_RESERVE) : perDay;
    const hopeless =
      this.#counter.today >= budget || (call.urgency === 'lookup' && this.#breaker.remaining > patience);
    const throttle = hopeless ? this.#throttle() : null;
    if (throttle === null) return null;
    const until = new Date(throttle.until).toTimeString().slice(0, 8);
    return new FsError(
      'ETIMEDOUT',
      `account ${this.#account}: no calls until ${until}: ${throttle.message}`,
      {
        reason: 'throttle',
      },
    );
  }

  #throttle(): PacerState['throttle'] {
    const { clock } = this.#env;
    if (this.#counter.today >= this.#options.perDay) {
      return {
        until: this.#counter.midnight,
        message: `the ${this.#options.perDay} calls of the day are used up`,
      };
    }
    if (this.#breaker.condition !== 'open') return null;
    const said = this.#breaker.message;
    const message = said === '' ? 'the cloud refuses calls without saying why' : `the cloud said: ${said}`;
    return { until: clock.now() + this.#breaker.remaining, message };
  }
}
