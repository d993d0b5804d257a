import type { Call } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { ByteRange } from '../lib/range.js';
import type { RangedAnswer, RangedRequest } from '../net/ranged-request.js';
import type { DownloadPace } from './download-pace.js';
import type { Lane, LaneUser } from './lane.js';
import type { AccountLanes } from './lanes.js';
import type { Link, LinkCache, LinkOwner } from './link-cache.js';
import type { Retries } from './retries.js';

/** Milliseconds. */
const NOTICE = 4;

/** openRange of net with its environment filled in. */
export type OpenRange = (request: RangedRequest) => Promise<RangedAnswer>;

/** What a download waits for now. */
export type Stage = 'the download link' | 'a free connection' | 'the cloud';

/** Who wants bytes. The signal of its call ends the download, connected or not; it aborts when its lane is taken. */
export interface Demand extends LaneUser {
  /** What to ask for; may change until the request goes out. */
  range(): ByteRange;
  onStage(stage: Stage): void;
}

/** A connection that delivers the bytes of a range in order, none but these. */
export interface RangeStream {
  readonly range: ByteRange;
  /** Rejects as in RangedAnswer. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly lane: Lane;
  /**
   * Ends the connection and gives the lane back; resolves when both have happened. Complete: all bytes came.
   * Stalled: none came any more, as when a cloud keeps one connection too many waiting.
   */
  close(ending: 'complete' | 'broken' | 'stalled'): Promise<void>;
}

export interface DownloadParts {
  readonly clock: Clock;
  readonly owner: LinkOwner;
  readonly links: LinkCache;
  readonly lanes: AccountLanes;
  /** Of all downloads of the account. */
  readonly pace: DownloadPace;
  readonly open: OpenRange;
}

type Refusal = Extract<RangedAnswer, { kind: 'refused' }>;
type Opened = Extract<RangedAnswer, { kind: 'open' }>;

/** The way from a file to its bytes: a link, a lane of that link, a request, and what to do when it fails. */
export class Download {
  readonly #parts: DownloadParts;

  constructor(parts: DownloadParts) {
    this.#parts = parts;
  }

  /** Whether a connection is free for bytes that nobody waits for, without a call for a link. */
  get hasRoom(): boolean {
    const { links, owner, lanes } = this.#parts;
    const link = links.peek(owner);
    return link !== null && lanes.hasRoom(link.key, link.maxConnections);
  }

  /** How fast bytes come. */
  get pace(): DownloadPace {
    return this.#parts.pace;
  }

  /** Whether others wait for connections that this file could use. */
  get isContended(): boolean {
    const { links, owner, lanes } = this.#parts;
    return lanes.isContended(links.keyOf(owner));
  }

  /** What somebody waits for has changed: a free connection may be due to another. */
  review(): void {
    this.#parts.lanes.review();
  }

  /**
   * Resolves when the cloud sends the range; null when nobody waits for it and no connection is free. Goes on through busy lanes, refusals, renewals and failures of
   * the network until the signal aborts. Rejects with its reason, or with FsError: ESTALE (changed or gone),
   * EACCES (refused for good, or the login is lost), EIO (wrong answers again and again).
   */
  async connect(demand: Demand, retries: Retries): Promise<RangeStream | null> {
    for (;;) {
      const attempt = await this.#attempt(demand, retries);
      if (attempt === 'no lane') return null;
      if (attempt !== null) return attempt;
    }
  }

  /** Null when it failed and the pause that follows is over. */
  async #attempt(demand: Demand, retries: Retries): Promise<RangeStream | 'no lane' | null> {
    const { signal } = demand.call;
    const { links, owner, lanes } = this.#parts;
    demand.onStage('the download link');
    const link = await this.#guard(links.get(owner, demand.call), retries, signal);
    if (link === null) return null;
    demand.onStage('a free connection');
    const lane = await lanes.acquire({
      key: link.key,
      cap: link.maxConnections,
      call: demand.call,
      get purpose() {
        return demand.purpose;
      },
      onTaken: () => demand.onTaken(),
    });
    if (lane === null) return 'no lane';
    if (!links.isCurrent(link)) {
      lane.release();
      return null;
    }
    demand.onStage('the cloud');
    return await this.#request(link, lane, demand, retries);
  }

  async #request(link: Link, lane: Lane, demand: Demand, retries: Retries): Promise<RangeStream | null> {
    const { signal } = demand.call;
    const range = demand.range();
    const { url, headers } = link;
    const size = this.#parts.owner.file.size;
    const { pace, clock } = this.#parts;
    const asked = clock.monotonic();
    const { stall } = pace;
    const asking = this.#parts.open({ url, headers, range, size, signal, stall });
    // A rejection means that the connection is closed.
    const answer = await this.#guard(
      asking.catch(async (error: unknown) => {
        if (!signal.aborted && isStall(error)) this.#stalled(lane, stall);
        await this.#releaseBroken(lane);
        throw error;
      }),
      retries,
      signal,
    );
    if (answer === null) return null;
    if (answer.kind === 'open') {
      pace.answered(clock.monotonic() - asked);
      return this.#streamOf(answer, { range, link, lane, stall });
    }
    const crowded = answer.kind === 'refused' && lane.refused();
    lane.release();
    if (answer.kind === 'changed') throw this.#stale(answer.message);
    await this.#refused(answer, crowded, link, demand, retries);
    return null;
  }

  #stalled(lane: Lane, after: number): void {
    this.#parts.pace.stalled(after);
    lane.stalled();
  }

  #streamOf(
    answer: Opened,
    { range, link, lane, stall }: Pick<RangeStream, 'range' | 'lane'> & { link: Link; stall: number },
  ): RangeStream {
    this.#parts.links.worked(link);
    lane.opened();
    const close: RangeStream['close'] = async (ending) => {
      await answer.close();
      if (ending === 'stalled') this.#stalled(lane, stall);
      if (ending === 'complete') lane.release();
      else await this.#releaseBroken(lane);
    };
    return { range, body: answer.body, lane, close };
  }

  /** The cloud learns a little later than we do that a connection was broken off. */
  async #releaseBroken(lane: Lane): Promise<void> {
    await this.#parts.clock.sleep(NOTICE);
    lane.release();
  }

  async #refused(
    { status, message }: Refusal,
    crowded: boolean,
    link: Link,
    { call }: Demand,
    retries: Retries,
  ): Promise<void> {
    const { file } = this.#parts.owner;
    const said = `${file.name}: the cloud answered ${status}: ${message}`;
    if (status === 408 || status === 429 || status >= 500) {
      const reason = status === 429 ? 'throttle' : 'network';
      await retries.failed(new FsError('EIO', said, { reason }), call.signal);
    } else if (status === 404) {
      await this.#guard(this.#mustExist(call), retries, call.signal);
      await this.#worn(link, new FsError('EACCES', said, { reason: 'refused' }), call, retries);
    } else if (status === 401 || status === 403 || status === 410) {
      const error = new FsError('EACCES', said, { reason: 'refused' });
      if (crowded && this.#parts.links.isCurrent(link)) await retries.crowded(error, call.signal);
      else await this.#worn(link, error, call, retries);
    } else {
      await retries.failed(new FsError('EIO', said, { reason: 'reply' }), call.signal);
    }
  }

  /** The link was refused and nothing else can be the cause: renews it, or waits first when it is new. */
  async #worn(link: Link, error: FsError, call: Call, retries: Retries): Promise<void> {
    const { links, lanes, owner } = this.#parts;
    const renewed = await this.#guard(links.renew(link, owner, call), retries, call.signal);
    if (renewed === null) return;
    if (renewed !== link) lanes.unlearn(link.key);
    else if (await retries.refused(error, call.signal)) {
      await this.#guard(links.replace(link, owner, call), retries, call.signal);
    }
  }

  async #mustExist(call: Call): Promise<void> {
    const { driver, file } = this.#parts.owner;
    const now = await driver.stat(file, call);
    if (now === null) throw this.#stale('it is no longer in the cloud');
    const same = now.kind === 'file' && now.size === file.size && now.hash?.value === file.hash?.value;
    if (!same) throw this.#stale('it was replaced in the cloud');
  }

  #stale(why: string): FsError {
    return new FsError('ESTALE', `${this.#parts.owner.file.name}: ${why}`, { reason: 'gone' });
  }

  /** The value, or null after a failure that may pass and its pause. */
  async #guard<T>(work: Promise<T>, retries: Retries, signal: AbortSignal): Promise<T | null> {
    try {
      return await work;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FsError && error.errno === 'ENOENT')
        throw this.#stale('it is no longer in the cloud');
      await retries.failed(error, signal);
      return null;
    }
  }
}

/** Whether a connection was there and nothing came. */
export function isStall(error: unknown): boolean {
  return error instanceof FsError && error.errno === 'ETIMEDOUT' && error.reason === 'network';
}
