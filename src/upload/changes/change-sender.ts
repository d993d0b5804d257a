import type { Driver } from '../../driver/driver.js';
import type { Entry } from '../../driver/entry.js';
import type { DriverWriter } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import type { Env, Timer } from '../../lib/env.js';
import { FsError, toFsError } from '../../lib/errors.js';
import type { ChangeRow } from '../journal/rows.js';
import type { Bell } from '../queue/bell.js';
import { samePlace } from './named-place.js';
import { growingDelay } from '../queue/growing-delay.js';
import { type Verdict, verdictOn } from '../queue/verdict.js';
import { callFor } from './change-list.js';
import type { ChangeOutcomes } from './change-outcomes.js';
import { type ChangeOrder, nextCall, type PlannedCall } from './change-order.js';
import type { GatheringTimer } from './gathering-timer.js';
import type { OwedChanges } from './owed-changes.js';

/** A change that the cloud cannot take now, for want of space or of a legal name, is tried again after this. */
const HOUR = 3_600_000;

export interface ChangeSenderParts {
  readonly driver: Driver;
  readonly writer: DriverWriter;
  readonly owed: OwedChanges;
  readonly outcomes: ChangeOutcomes;
  readonly gathering: GatheringTimer;
  /** Rung when a call has ended. */
  readonly bell: Bell;
  /** Resolves when a person may have logged in again. */
  readonly loggedIn: (signal: AbortSignal) => Promise<void>;
  readonly isNeeded: (directoryId: string) => boolean;
  readonly pendingBelow: ChangeOrder['pendingBelow'];
}

/** A change that the cloud refused under this name and is not asked for again for a while. */
interface Rest {
  /** Monotonic time. */
  readonly until: number;
  readonly name: string;
  readonly error: FsError;
}

/** Sends what is owed, one call after the other, in as few as the cloud allows. */
export class ChangeSender implements ChangeOrder {
  readonly list: ChangeOrder['list'];
  readonly directories: ChangeOrder['directories'];
  readonly #env: Env;
  readonly #parts: ChangeSenderParts;
  readonly #ending = new AbortController();
  /** By sequence. */
  readonly #resting = new Map<number, Rest>();
  readonly #yielding = new Set<number>();
  readonly #detouring = new Set<number>();
  /** Up to this sequence changes are sent; later ones still gather. */
  #gathered = 0;
  readonly #timers = new Set<Timer>();
  #failures = 0;
  #trouble: FsError | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(env: Env, parts: ChangeSenderParts) {
    this.#env = env;
    this.#parts = parts;
    this.list = parts.owed.list;
    this.directories = parts.owed.directories;
  }

  /** Why nothing is sent at the moment; null while all is well. */
  get trouble(): FsError | null {
    return this.#trouble;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when the call under way has ended; what is owed stays owed. */
  async close(): Promise<void> {
    this.#ending.abort(new FsError('EINTR', 'the daemon ends', { expected: true }));
    this.#parts.gathering.cancel();
    for (const timer of this.#timers) timer.cancel();
    await this.#running;
  }

  rests(row: ChangeRow): boolean {
    const { inFlight, held } = this.#parts.owed;
    if (row.sequence > this.#gathered || inFlight.has(row.entry.id) || held.has(row.entry.id)) return true;
    return this.#restOf(row) !== null;
  }

  /** What the cloud said to a change that is not tried again for a while; null for any other. */
  refusalOf(row: ChangeRow): FsError | null {
    return this.#restOf(row)?.error ?? null;
  }

  yields(row: ChangeRow): boolean {
    return this.#yielding.has(row.sequence);
  }

  detours(row: ChangeRow): boolean {
    return this.#detouring.has(row.sequence);
  }

  isNeeded(directoryId: string): boolean {
    return this.#parts.isNeeded(directoryId);
  }

  pendingBelow(directoryId: string): ChangeRow | 'outside' | null {
    return this.#parts.pendingBelow(directoryId);
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      try {
        if (this.#parts.gathering.take()) this.#gathered = this.list.last;
        const call = nextCall(this, this.#parts.writer.batch);
        if (call === null) await this.#parts.gathering.gathered(signal);
        else await this.#send(call);
      } catch (error) {
        if (signal.aborted) return;
        await this.#rest(toFsError(error));
      }
    }
  }

  async #send(planned: PlannedCall): Promise<void> {
    const { owed, outcomes } = this.#parts;
    for (const { entry } of planned.rows) owed.inFlight.add(entry.id);
    try {
      if (!(await outcomes.begun(planned))) return;
      const answer = await this.#ask(planned, { signal: this.#ending.signal, urgency: 'background' });
      await this.#env.checkpoint(`changes:${planned.kind}`);
      await outcomes.done(planned, answer);
      this.#failures = 0;
      this.#trouble = null;
    } catch (thrown) {
      this.#ending.signal.throwIfAborted();
      await this.#failed(planned, toFsError(thrown));
    } finally {
      for (const { entry } of planned.rows) owed.inFlight.delete(entry.id);
      this.#parts.bell.ring();
    }
  }

  async #ask({ kind, rows, name }: PlannedCall, call: Call): Promise<Entry | null> {
    const { writer, owed } = this.#parts;
    const [first] = rows;
    if (first === undefined) return null;
    if (kind === 'look') return await this.#parts.driver.stat(first.entry, call);
    if (kind === 'rename') return await writer.rename(first.entry, name, call);
    const entries = rows.map(({ entry }) => entry);
    if (kind === 'remove') {
      await writer.remove(entries, call);
      return null;
    }
    const asked = kind === 'makeDirectory' ? (owed.asked.get(first.entry.id) ?? first) : first;
    const directory = await owed.directories.inCloud(asked.parentId);
    if (directory === null) throw new FsError('ENOENT', `${first.path}: its folder is not in the cloud`);
    if (kind === 'makeDirectory') return await writer.makeDirectory(directory, asked.name, call);
    await writer.move(entries, directory, call);
    return null;
  }

  async #failed(planned: PlannedCall, error: FsError): Promise<void> {
    const verdict = verdictOn(error);
    if (verdict === 'again' || verdict === 'login') throw error;
    const { rows } = planned;
    if (rows.length > 1) await this.#halves(planned);
    for (const row of rows.length === 1 ? rows : []) await this.#refusedOne(planned, row, error, verdict);
  }

  /** One of many is refused: which one is found by asking for fewer. */
  async #halves({ kind, rows, name }: PlannedCall): Promise<void> {
    const middle = Math.ceil(rows.length / 2);
    await this.#send({ kind, name, rows: rows.slice(0, middle) });
    await this.#send({ kind, name, rows: rows.slice(middle) });
  }

  async #refusedOne(planned: PlannedCall, row: ChangeRow, error: FsError, verdict: Verdict): Promise<void> {
    if (verdict === 'full' || row.kind === 'makeDirectory') {
      const asked = this.#parts.owed.asked.get(row.entry.id);
      this.#parts.owed.asked.delete(row.entry.id);
      if (asked === undefined || samePlace(asked, row)) this.#restOne(row, error);
      return;
    }
    if (error.errno === 'EEXIST' && this.#makeWay(planned, row)) return;
    if (error.errno === 'ENOENT' && (await this.#isGone(row))) await this.#parts.outcomes.gone(row);
    else await this.#parts.outcomes.refused(row, error);
  }

  /** The name is taken by something that goes: lets that go first, or goes around it. False when neither is new. */
  #makeWay({ name }: PlannedCall, row: ChangeRow): boolean {
    const others = [...this.list.leaving(row)].filter(({ entry }) => entry.id !== row.entry.id);
    if (others.length === 0 || name !== row.name) return false;
    const way = others.some(({ kind }) => kind === 'remove') ? this.#yielding : this.#detouring;
    if (way.has(row.sequence)) return false;
    way.add(row.sequence);
    return true;
  }

  async #isGone({ entry }: ChangeRow): Promise<boolean> {
    const call = { signal: this.#ending.signal, urgency: 'background' } as const;
    return (await this.#parts.driver.stat(entry, call)) === null;
  }

  #restOne(row: ChangeRow, error: FsError): void {
    const until = this.#env.clock.monotonic() + HOUR;
    this.#resting.set(row.sequence, { until, name: row.name, error });
    this.#timers.add(this.#env.clock.after(HOUR, () => this.#parts.gathering.now()));
    this.#env.log.warn('the cloud refused a change: it is tried again in an hour', {
      ...{ change: callFor(row), path: row.path, error },
    });
  }

  #restOf(row: ChangeRow): Rest | null {
    const rest = this.#resting.get(row.sequence);
    if (rest === undefined || rest.name !== row.name) return null;
    return rest.until > this.#env.clock.monotonic() ? rest : null;
  }

  async #rest(error: FsError): Promise<void> {
    this.#failures += 1;
    this.#trouble = error;
    this.#env.log.warn('changes cannot be sent: they are kept', { error, attempt: this.#failures });
    const { signal } = this.#ending;
    const wait =
      verdictOn(error) === 'login'
        ? this.#parts.loggedIn(signal)
        : this.#env.clock.sleep(growingDelay(this.#failures), signal);
    await wait.catch((reason: unknown) => {
      if (!signal.aborted) throw reason;
    });
  }
}
