import type { LinkLanes } from './link-lanes.js';

/**
 * opening → streaming ⇄ resting → leaving → closed; every state may go to closed.
 * Resting: connected, but its reader asks nothing. Leaving: taken away, the connection is not closed yet.
 */
export type LaneState = 'opening' | 'streaming' | 'resting' | 'leaving' | 'closed';

/** Told about a lane's changes by the lane. */
export interface LaneKeeper {
  rested(lane: Lane): void;
  closed(lane: Lane): void;
}

/** One connection of a link, from the permission to open it until it is really closed. */
export class Lane {
  readonly link: LinkLanes;
  readonly #keeper: LaneKeeper;
  readonly #onTaken: () => void;
  readonly #crowdedAtStart: boolean;
  #state: LaneState = 'opening';
  #carriedBytes = false;

  constructor(link: LinkLanes, keeper: LaneKeeper, onTaken: () => void) {
    this.link = link;
    this.#keeper = keeper;
    this.#onTaken = onTaken;
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

  /** The cloud answered with bytes. */
  opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'streaming';
    this.#carriedBytes = true;
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

  /** Takes a resting lane from its reader, who closes the connection. */
  take(): void {
    if (this.#state !== 'resting') return;
    this.#state = 'leaving';
    this.#onTaken();
  }

  /** Gives the lane back. Only when the connection is closed; a second time has no effect. */
  release(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.link.leave(this, this.#carriedBytes);
    this.#keeper.closed(this);
  }
}
