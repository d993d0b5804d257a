import { urgencyRank } from '../lib/call.js';
import type { Clock, Timer } from '../lib/env.js';
import { Lane, type LaneKeeper, type LaneUser } from './lane.js';
import { LearnedLimit } from './learned-limit.js';
import { LinkLanes } from './link-lanes.js';

/** Links that are remembered although nobody uses them, before they are looked through. */
const REMEMBERED_LINKS = 64;

/** A wait this long makes a call as urgent as the next more urgent kind, so that nobody waits for ever. */
const AGEING = 10_000;
/** Of so many lanes of an account, one is kept free of what nobody waits for. */
const WORTH_A_RESERVE = 4;

export interface LaneRequest extends LaneUser {
  /** The link, the same before and after a renewal: connections of the old URL may still be counted. */
  readonly key: string;
  /** Connections that the link allows. */
  readonly cap: number;
}

interface Waiter {
  readonly request: LaneRequest;
  readonly link: LinkLanes;
  readonly since: number;
  /** Null: none is free for what nobody waits for. */
  settle(lane: Lane | null): void;
}

/** The connections of one account: never more than it allows, nor than each of its links allows. */
export class AccountLanes {
  readonly #clock: Clock;
  readonly #cap: number;
  readonly #learned: LearnedLimit;
  readonly #links = new Map<string, LinkLanes>();
  /** In the order in which they rested last. */
  readonly #held = new Set<Lane>();
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiter>();
  #recovery: Timer | null = null;
  readonly #keeper: LaneKeeper = {
    rested: (lane) => {
      this.#held.delete(lane);
      this.#held.add(lane);
      this.#dispatch();
    },
    carried: () => {
      if (this.#waiting.size > 0) this.#dispatch();
    },
    stalled: (lane) => {
      this.#learned.learn([...this.#held].filter((held) => held !== lane && held.isWorking).length);
    },
    closed: (lane) => {
      this.#held.delete(lane);
      this.#dispatch();
    },
  };

  constructor(clock: Clock, cap: number) {
    this.#clock = clock;
    this.#cap = Math.max(1, cap);
    this.#learned = new LearnedLimit(clock);
  }

  /**
   * A lane, the most urgent call first, then the one that came first. Null at once when nobody waits for the
   * bytes and no lane is free for that. Rejects only with the abort's reason.
   */
  acquire(request: LaneRequest): Promise<Lane | null> {
    const { signal } = request.call;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const aborted = (): void => {
        this.#waiting.delete(waiter);
        if (this.#waiting.size === 0) this.#recovery?.cancel();
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        request,
        link: this.#link(request),
        since: this.#clock.monotonic(),
        settle: (lane) => {
          signal.removeEventListener('abort', aborted);
          resolve(lane);
        },
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(waiter);
      this.#dispatch();
    });
  }

  /** Whether a lane of the link is free for what nobody waits for. */
  hasRoom(key: string, cap: number): boolean {
    const link = this.#links.get(key);
    return this.#hasSpare && (link === undefined ? cap > 0 : link.free) && !this.isContended(key);
  }

  /** Whether others wait for lanes of this link, or for lanes of the account. */
  isContended(key: string): boolean {
    for (const { link } of this.#waiting) if (link.key === key || link.free) return true;
    return false;
  }

  /** What somebody waits for has changed. */
  review(): void {
    if (this.#waiting.size > 0) this.#dispatch();
  }

  /** The refusals of this link had another cause than too many connections. */
  unlearn(key: string): void {
    this.#links.get(key)?.unlearn();
    this.#dispatch();
  }

  status(): AccountLanesStatus {
    const waiting = (key: string): number => [...this.#waiting].filter(({ link }) => link.key === key).length;
    const links = [...this.#links.values()]
      .map(({ key, limit, held }) => ({ key, limit, busy: held.size, waiting: waiting(key) }))
      .filter((link) => link.busy + link.waiting > 0);
    return { limit: this.#limit, busy: this.#held.size, waiting: this.#waiting.size, links };
  }

  /** How many connections there may be now. */
  get #limit(): number {
    return this.#learned.of(this.#cap);
  }

  get #hasSpare(): boolean {
    return this.#held.size + (this.#cap >= WORTH_A_RESERVE ? 1 : 0) < this.#limit;
  }

  #link({ key, cap }: LaneRequest): LinkLanes {
    const link = this.#links.get(key) ?? new LinkLanes(this.#clock, key);
    if (!this.#links.has(key)) this.#forget();
    this.#links.set(key, link);
    link.allow(cap);
    return link;
  }

  #forget(): void {
    if (this.#links.size < REMEMBERED_LINKS) return;
    const needed = new Set([...this.#waiting].map(({ link }) => link));
    for (const [key, link] of this.#links) {
      if (link.forgettable && !needed.has(link)) this.#links.delete(key);
    }
  }

  #dispatch(): void {
    const unmet: Waiter[] = [];
    for (const waiter of this.#inOrder()) {
      if (waiter.request.purpose === 'ahead') this.#settleAhead(waiter, unmet);
      else if (this.#held.size < this.#limit && waiter.link.free) this.#grant(waiter);
      else unmet.push(waiter);
    }
    this.#takeFor(unmet);
    this.#awaitRecovery(unmet);
  }

  /** What the cloud taught about a link wears off while nothing else happens. */
  #awaitRecovery(unmet: readonly Waiter[]): void {
    this.#recovery?.cancel();
    this.#recovery = null;
    const own = unmet.length > 0 ? (this.#learned.recovery(this.#cap) ?? Infinity) : Infinity;
    const soonest = unmet.reduce((ms, { link }) => Math.min(ms, link.recovery ?? Infinity), own);
    if (soonest < Infinity) this.#recovery = this.#clock.after(soonest, () => this.#dispatch());
  }

  /** What nobody waits for comes last. */
  #inOrder(): Waiter[] {
    const now = this.#clock.monotonic();
    const rank = ({ request, since }: Waiter): number => {
      if (request.purpose === 'ahead') return Infinity;
      return Math.max(0, urgencyRank(request.call.urgency) - Math.floor((now - since) / AGEING));
    };
    const ranks = new Map([...this.#waiting].map((waiter) => [waiter, rank(waiter)]));
    return [...ranks].sort(([, a], [, b]) => (a === b ? 0 : a - b)).map(([waiter]) => waiter);
  }

  /** By the rule of `hasRoom`: else what was refused here would be asked for again at once. */
  #settleAhead(waiter: Waiter, unmet: readonly Waiter[]): void {
    const contended = unmet.some(({ link }) => link === waiter.link || link.free);
    if (!contended && this.#hasSpare && waiter.link.free) {
      this.#grant(waiter);
      return;
    }
    this.#waiting.delete(waiter);
    waiter.settle(null);
  }

  #grant(waiter: Waiter): void {
    const lane = new Lane(waiter.link, this.#keeper, waiter.request);
    this.#waiting.delete(waiter);
    this.#held.add(lane);
    waiter.settle(lane);
  }

  /**
   * Finds for each waiter a lane that leaves already, or one that rests, or one whose turn is over; no lane is
   * counted twice.
   */
  #takeFor(waiters: readonly Waiter[]): void {
    const claimed = new Set<Lane>();
    for (const { link, request } of waiters) {
      const helps = (lane: Lane): boolean => !claimed.has(lane) && (link.free || lane.link === link);
      const lanes = [...this.#held].filter(helps);
      const lane =
        lanes.find(({ state }) => state === 'leaving') ??
        lanes.find(({ state }) => state === 'resting') ??
        lanes.find(({ isSpeculative }) => isSpeculative && request.purpose === 'first byte') ??
        lanes.find((held) => held.yieldsTo(request));
      if (lane !== undefined) claimed.add(lane);
    }
    for (const lane of claimed) lane.take();
  }
}

/** How the connections of one link are used. */
export interface LinkLanesStatus {
  readonly key: string;
  /** Connections that may be open now: less than the link allows while the cloud refuses. */
  readonly limit: number;
  readonly busy: number;
  readonly waiting: number;
}

/** How the connections of an account are used; links without any are left out. */
export interface AccountLanesStatus {
  readonly limit: number;
  readonly busy: number;
  readonly waiting: number;
  readonly links: readonly LinkLanesStatus[];
}
