import type { Driver } from '../driver/driver.js';
import { abortable } from '../lib/abortable.js';
import { type Call, withSignal } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import { SingleFlight } from '../lib/single-flight.js';
import { acceptAnswer } from './accept.js';
import type { DirectoryCache } from './directory-cache.js';
import { type ListingHeader, lifetime } from './freshness.js';
import type { KnownDirectory } from './known-node.js';
import type { ListingChange } from './listing.js';
import { pathOf } from './node.js';
import { Patience } from './patience.js';
import type { Pins } from './pins.js';
import { Questions } from './questions.js';
import type { TreeSettings } from './tree-options.js';
import type { TreeStorage } from './tree-storage.js';

/** Why a directory could not be listed, and when it may be tried again. */
export interface ListingFailure {
  readonly error: FsError;
  readonly attempts: number;
  /** On the monotonic clock. */
  readonly failedAt: number;
  readonly retryAt: number;
}

interface RefresherParts {
  readonly driver: Driver;
  readonly cache: DirectoryCache;
  readonly storage: TreeStorage;
  readonly pins: Pins;
}

/** Asks the cloud for directories: one listing of a directory at a time, believed only when it is whole and sane. */
export class Refresher {
  readonly #env: Env;
  readonly #parts: RefresherParts;
  readonly #options: TreeSettings;
  readonly #questions: Questions;
  readonly #flights = new SingleFlight<ListingChange>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Set<Patience>>();
  readonly #failures = new Map<string, ListingFailure>();
  /** When the listings that are under way were begun, on the monotonic clock, in order. */
  readonly #begun = new Map<number, number>();
  readonly #closing = new AbortController();
  #sequence = 0;
  #lastError: { readonly at: number; readonly message: string } | null = null;

  constructor(env: Env, parts: RefresherParts, options: TreeSettings) {
    this.#env = env;
    this.#parts = parts;
    this.#options = options;
    this.#questions = new Questions(parts.driver, parts.pins);
  }

  /** Why this directory could not be listed the last time; undefined when it could. */
  failure(directory: KnownDirectory): ListingFailure | undefined {
    return this.#failures.get(directory.entry.id);
  }

  get lastError(): { readonly at: number; readonly message: string } | null {
    return this.#lastError;
  }

  /** On the monotonic clock: no listing that was begun earlier is to be expected any more. */
  get oldestListing(): number {
    const [oldest] = this.#begun.values();
    return oldest ?? this.#env.clock.monotonic();
  }

  /** What stands for a listing that nobody had to ask for: as new as one begun now, and believed as a changed one. */
  freshHeader(): ListingHeader {
    return this.#header(this.#nextSequence(), true);
  }

  /**
   * Lists a directory, together with everybody else who asks meanwhile. The listing goes on when its callers have
   * left, because the answer is of use. Rejects with FsError: ETIMEDOUT when patience ends, ENOENT when the cloud has
   * confirmed that the directory is gone, else as the driver does; with the abort reason when the call is aborted.
   * A directory that only exists here is left as it is.
   */
  async refresh(directory: KnownDirectory, call: Call): Promise<ListingChange> {
    if (isLocalId(directory.entry.id)) return await this.#parts.cache.update(directory, () => null);
    const patience = this.#beginWait(directory, this.#options.patience);
    const attempt = (shared: Call): Promise<ListingChange> => this.#attempt(directory, shared);
    try {
      const { id } = directory.entry;
      const result = this.#flights.run(id, withSignal(call, patience.signal), attempt);
      if (this.#flights.running(id) && !this.#running.has(id)) this.#hold(id, attempt);
      return await result;
    } finally {
      this.#endWait(directory, patience);
    }
  }

  /** Lists a directory from now on: a listing that is under way may be older than what the caller knows. */
  async renew(directory: KnownDirectory, call: Call): Promise<ListingChange> {
    await abortable(call.signal, this.#running.get(directory.entry.id) ?? Promise.resolve());
    return await this.refresh(directory, call);
  }

  /** Ends what is under way; resolves when it has ended. */
  async close(): Promise<void> {
    this.#closing.abort(new FsError('EIO', 'the drive is being closed', { expected: true }));
    await Promise.all(this.#running.values());
  }

  #hold(id: string, attempt: (shared: Call) => Promise<ListingChange>): void {
    const call: Call = { signal: this.#closing.signal, urgency: 'background' };
    const ended = this.#flights.run(id, call, attempt).then(
      () => undefined,
      // Recorded by the attempt, and told to everybody who waits for it.
      () => undefined,
    );
    this.#running.set(
      id,
      ended.then(() => void this.#running.delete(id)),
    );
  }

  async #attempt(directory: KnownDirectory, call: Call): Promise<ListingChange> {
    const { total } = this.#options.patience;
    const patience = this.#beginWait(directory, { progress: total, total: Number.POSITIVE_INFINITY });
    const patient = withSignal(call, patience.signal);
    const sequence = this.#nextSequence();
    const begunAt = this.#env.clock.monotonic();
    this.#begun.set(sequence, begunAt);
    try {
      const known = await this.#parts.cache.read(directory);
      const entries = await this.#questions.ask(directory, known, patient, () => this.#moved(directory));
      const header = (differs: boolean): ListingHeader => this.#header(sequence, differs);
      const answer = { entries, sequence, begunAt, header };
      const change = await acceptAnswer(this.#parts, directory, answer, this.#env.clock.now());
      this.#failures.delete(directory.entry.id);
      return change;
    } catch (error) {
      throw await this.#failed(directory, error, patient);
    } finally {
      this.#begun.delete(sequence);
      this.#parts.pins.expire(this.oldestListing);
      this.#endWait(directory, patience);
    }
  }

  #nextSequence(): number {
    this.#sequence = Math.max(this.#sequence, this.#parts.storage.summary.sequence) + 1;
    return this.#sequence;
  }

  #header(sequence: number, differs: boolean): ListingHeader {
    const now = this.#env.clock.now();
    const ttl = differs ? this.#options.changedTtl : this.#options.listingTtl;
    return { listedAt: now, expiresAt: now + lifetime(ttl, this.#env.random.fraction()), sequence };
  }

  async #failed(directory: KnownDirectory, thrown: unknown, call: Call): Promise<FsError> {
    const first = toFsError(thrown);
    if (this.#closing.signal.aborted) return first;
    const error = first.errno === 'ENOENT' ? await this.#confirmGone(directory, first, call) : first;
    if (error.errno !== 'ENOENT' || directory.parent === null) this.#remember(directory, error);
    return error;
  }

  #remember(directory: KnownDirectory, error: FsError): void {
    const { clock } = this.#env;
    const attempts = (this.#failures.get(directory.entry.id)?.attempts ?? 0) + 1;
    const { retry } = this.#options;
    const failedAt = clock.monotonic();
    const retryAt = failedAt + Math.min(retry.first * 2 ** (attempts - 1), retry.max);
    this.#failures.set(directory.entry.id, { error, attempts, failedAt, retryAt });
    this.#lastError = { at: clock.now(), message: `${pathOf(directory)}: ${error.message}` };
  }

  /** Takes a directory out of the tree only when the cloud says a second time, in another way, that it is gone. */
  async #confirmGone(directory: KnownDirectory, error: FsError, call: Call): Promise<FsError> {
    const parent = directory.parent && this.#parts.cache.own(directory.parent);
    if (parent === null) return error;
    try {
      const now = await this.#parts.driver.stat(directory.entry, call);
      if (now === null) {
        await this.#parts.cache.remove(parent, directory.entry.id);
        return error;
      }
      if (now.parentId !== directory.entry.parentId) {
        await this.#parts.cache.expire(parent, this.#env.clock.now());
      }
      const message = `${pathOf(directory)}: the cloud knows the directory but does not list it`;
      return new FsError('EIO', message, { cause: error, reason: 'reply' });
    } catch (doubt) {
      return toFsError(doubt);
    }
  }

  #moved(directory: KnownDirectory): void {
    for (const patience of this.#waiting.get(directory.entry.id) ?? []) patience.moved();
  }

  #beginWait(directory: KnownDirectory, limits: TreeSettings['patience']): Patience {
    const path = pathOf(directory);
    const patience = Patience.start(
      this.#env.clock,
      limits,
      () => new FsError('ETIMEDOUT', `${path}: the cloud did not list it in time`, { reason: 'network' }),
    );
    const { id } = directory.entry;
    this.#waiting.set(id, (this.#waiting.get(id) ?? new Set()).add(patience));
    return patience;
  }

  #endWait(directory: KnownDirectory, patience: Patience): void {
    patience.end();
    const waiting = this.#waiting.get(directory.entry.id);
    waiting?.delete(patience);
    if (waiting?.size === 0) this.#waiting.delete(directory.entry.id);
  }
}
