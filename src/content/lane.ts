import { type Call, urgencyRank } from '../lib/call.js';
import type { LinkLanes } from './link-lanes.js';

const MIB = 1024 * 1024;
/** A turn: shorter ones lose too much time to first bytes. The floor is for those who wait for their first byte. */
export const TURN = 16 * MIB;
const SHORTEST_TURN = 6 * MIB;
/** Ending a request costs its connection: not for what is over soon anyway. */
const NEARLY_DONE = 2 * MIB;

/**
 * What a lane is for, the most important first: somebody waits for the first byte of a place, or for more of
 * it, or nobody waits yet.
 */
export type Purpose = 'first byte' | 'bytes' | 'ahead';

/** Who waits for a lane or has one. */
export interface LaneUser {
  /** An abort ends the wait for a lane with its reason. Read its urgency when choosing. */
  readonly call: Call;
  /** May change while it waits. */
  readonly purpose: Purpose;
  /** The lane is wanted elsewhere: close the connection, then release. */
  onTaken(): void;
}

/**
 * opening → streaming ⇄ resting → leaving → closed; every state may go to closed.
 * Resting: connected, but its reader asks nothing. Leaving: taken away, the connection is not closed yet.
 */
export type LaneState = 'opening' | 'streaming' | 'resting' | 'leaving' | 'closed';

/** Told about a lane's changes by the lane. */
export interface LaneKeeper {
  rested(lane: Lane): void;
  /** It has carried so much that others may be due. */
  carried(lane: Lane): void;
  /** No byte came although no other connection of its link was there. */
  stalled(lane: Lane): void;
  closed(lane: Lane): void;
}

/** One connection of a link, from the permission to open it until it is really closed. */
export class Lane {
  readonly link: LinkLanes;
  readonly #keeper: LaneKeeper;
  readonly #user: LaneUser;
  readonly #crowdedAtStart: boolean;
  #state: LaneState = 'opening';
  #carriedBytes = false;
  #carried = 0;
  #left = Infinity;

  constructor(link: LinkLanes, keeper: LaneKeeper, user: LaneUser) {
    this.link = link;
    this.#keeper = keeper;
    this.#user = user;
    this.#crowdedAtStart = link.crowded(link.held.size);
    link.held.add(this);
  }

  get state(): LaneState {
    return this.#state;
  }

  /**
   * The cloud refused this connection. True when others of the link may be why: then no more than those are
   * opened for a while.
   */
  refused(): boolean {
    const others = this.link.held.size - 1;
    this.link.learn(others);
    return this.#crowdedAtStart || this.link.crowded(others);
  }

  /** The cloud sends nothing: a connection too many of its link may be why, else one too many of the account. */
  stalled(): void {
    const others = this.link.held.size - 1;
    if (others > 0) this.link.learn(others);
    else this.#keeper.stalled(this);
  }

  /** The cloud answered with bytes. */
  opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'streaming';
    this.#carriedBytes = true;
  }

  /** Bytes came; so many of its request are still to come. */
  carry(bytes: number, left: number): void {
    const before = this.#carried;
    this.#carried += bytes;
    this.#left = left;
    const due = [SHORTEST_TURN, TURN].some((turn) => before < turn && this.#carried >= turn);
    if (due) this.#keeper.carried(this);
  }

  /** Whether its turn is over, although its reader waits, when `other` waits too. */
  yieldsTo(other: LaneUser): boolean {
    if (this.#state !== 'streaming' || other.purpose === 'ahead' || this.#left <= NEARLY_DONE) return false;
    if (urgencyRank(other.call.urgency) > urgencyRank(this.#user.call.urgency)) return false;
    return this.#carried >= (other.purpose === 'first byte' ? SHORTEST_TURN : TURN);
  }

  /** Its reader asks nothing: whoever waits may have it. */
  rest(): void {
    if (this.#state !== 'streaming') return;
    this.#state = 'resting';
    this.#keeper.rested(this);
  }

  /** Its reader asks again. */
  resume(): void {
    if (this.#state === 'resting') this.#state = 'streaming';
  }

  /** Whether its request has no answer yet, and nobody waits for one. */
  get isSpeculative(): boolean {
    return this.#state === 'opening' && this.#user.purpose === 'ahead';
  }

  /** Whether the cloud sends bytes on it. */
  get isWorking(): boolean {
    return this.#carried > 0 && this.#state !== 'closed';
  }

  /** Takes the lane from its reader, who closes the connection. */
  take(): void {
    if (this.#state === 'leaving' || this.#state === 'closed') return;
    this.#state = 'leaving';
    this.#user.onTaken();
  }

  /** Gives the lane back. Only when the connection is closed; a second time has no effect. */
  release(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.link.leave(this, this.#carriedBytes);
    this.#keeper.closed(this);
  }
}
