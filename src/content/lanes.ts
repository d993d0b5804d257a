import { type Call, urgencyRank } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import { Lane, type LaneKeeper } from './lane.js';
import { LinkLanes } from './link-lanes.js';

/** Links that are remembered although nobody uses them, before they are looked through. */
const REMEMBERED_LINKS = 64;

export interface LaneRequest {
  /** The link, the same before and after a renewal: connections of the old URL may still be counted. */
  readonly key: string;
  /** Connections that the link allows. */
  readonly cap: number;
  /** An abort ends the wait with its reason. */
  readonly call: Call;
  /** The lane is wanted elsewhere: close the connection, then release. */
  readonly onTaken: () => void;
}

interface Waiter {
  readonly request: LaneRequest;
  readonly link: LinkLanes;
  grant(lane: Lane): void;
}

/** The connections of one account: never more than it allows, nor than each of its links allows. */
export class AccountLanes {
  readonly #clock: Clock;
  readonly #cap: number;
  readonly #links = new Map<string, LinkLanes>();
  /** In the order in which they rested last. */
  readonly #held = new Set<Lane>();
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiter>();
  readonly #keeper: LaneKeeper = {
    rested: (lane) => {
      this.#held.delete(lane);
      this.#held.add(lane);
      this.#dispatch();
    },
    closed: (lane) => {
      this.#held.delete(lane);
      this.#dispatch();
    },
  };

  constructor(clock: Clock, cap: number) {
    this.#clock = clock;
    this.#cap = Math.max(1, cap);
  }

  /** A lane, the most urgent call first, then the one that came first. Rejects only with the abort's reason. */
  acquire(request: LaneRequest): Promise<Lane> {
    const { signal } = request.call;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const aborted = (): void => {
        this.#waiting.delete(waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        request,
        link: this.#link(request),
        grant: (lane) => {
          signal.removeEventListener('abort', aborted);
          resolve(lane);
        },
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(waiter);
      this.#dispatch();
    });
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
    return { limit: this.#cap, busy: this.#held.size, waiting: this.#waiting.size, links };
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
    for (const waiter of this.#byUrgency()) {
      if (this.#held.size < this.#cap && waiter.link.free) this.#grant(waiter);
      else unmet.push(waiter);
    }
    this.#takeFor(unmet);
  }

  #byUrgency(): Waiter[] {
    const rank = (waiter: Waiter): number => urgencyRank(waiter.request.call.urgency);
    return [...this.#waiting].sort((a, b) => rank(a) - rank(b));
  }

  #grant(waiter: Waiter): void {
    const lane = new Lane(waiter.link, this.#keeper, waiter.request.onTaken);
    this.#waiting.delete(waiter);
    this.#held.add(lane);
    waiter.grant(lane);
  }

  /** Finds for each waiter a lane that leaves already, or one that rests; no lane is counted twice. */
  #takeFor(waiters: readonly Waiter[]): void {
    const claimed = new Set<Lane>();
    for (const { link } of waiters) {
      const helps = (lane: Lane): boolean => !claimed.has(lane) && (link.free || lane.link === link);
      const lanes = [...this.#held].filter(helps);
      const lane =
        lanes.find(({ state }) => state === 'leaving') ?? lanes.find(({ state }) => state === 'resting');
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
