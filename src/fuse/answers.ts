import { abortable } from '../lib/abortable.js';
import type { Call, Urgency } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { errnoNumber, FsError, toFsError } from '../lib/errors.js';
import { OperationTally } from './operation-tally.js';

/** One request of the kernel. */
export interface Request {
  /** The operation's name, such as `getattr`. */
  readonly operation: string;
  readonly path: string;
  readonly urgency: Urgency;
  /** Milliseconds until it is answered ETIMEDOUT. */
  readonly deadline: number;
}

/** Gives the kernel a negative errno, or 0 and what it asked for. */
export type Reply<T> = (error: number, value?: T) => void;

/** What the kernel asked since the mount began, by operation. */
export interface OperationCounts {
  readonly requests: number;
  /** Those answered with an error that is not normal life (a missing name is). */
  readonly failures: number;
}

/** A request that waits for its answer. */
export interface PendingRequest {
  readonly operation: string;
  readonly path: string;
  /** Milliseconds that it has waited. */
  readonly waiting: number;
}

interface InFlight {
  readonly request: Request;
  readonly since: number;
  readonly abort: AbortController;
}

/**
 * Answers requests: each exactly once and each in time, with one log line where it fails. A request that were
 * never answered would leave its program in a sleep that no signal ends.
 */
export class Answers {
  readonly #env: Env;
  readonly #tallies = new Map<string, OperationTally>();
  readonly #inFlight = new Set<InFlight>();

  constructor(env: Env) {
    this.#env = env;
  }

  /** Runs the work for a request and replies; never throws. */
  answer<T>(request: Request, work: (call: Call) => Promise<T>, reply: Reply<T>): void {
    const tally = this.#tallyOf(request.operation);
    tally.begun();
    const flight: InFlight = {
      request,
      since: this.#env.clock.monotonic(),
      abort: new AbortController(),
    };
    this.#inFlight.add(flight);
    const deadline = this.#env.clock.after(request.deadline, () => flight.abort.abort(timedOut(request)));
    void this.#outcome(flight, work).then((outcome) => {
      deadline.cancel();
      this.#inFlight.delete(flight);
      const error = outcome instanceof FsError ? outcome : null;
      tally.answered(this.#env.clock.monotonic() - flight.since, error);
      if (!(outcome instanceof FsError)) {
        reply(0, outcome.value);
        return;
      }
      this.#log(flight, outcome);
      reply(-errnoNumber(outcome.errno));
    });
  }

  /** Ends every request that waits with this error. */
  abort(reason: FsError): void {
    for (const flight of this.#inFlight) flight.abort.abort(reason);
  }

  /** By operation name. */
  counts(): ReadonlyMap<string, OperationCounts> {
    const entries = [...this.#tallies].map(([operation, { requests, failures }]) => {
      return [operation, { requests, failures }] as const;
    });
    return new Map(entries);
  }

  /** The same with errors and times. */
  tallies(): ReadonlyMap<string, OperationTally> {
    return this.#tallies;
  }

  /** What waits now, the longest first. */
  pending(): readonly PendingRequest[] {
    const now = this.#env.clock.monotonic();
    return [...this.#inFlight].map(({ request, since }) => ({
      operation: request.operation,
      path: request.path,
      waiting: now - since,
    }));
  }

  async #outcome<T>(
    { request, abort }: InFlight,
    work: (call: Call) => Promise<T>,
  ): Promise<{ value: T } | FsError> {
    try {
      const call = { signal: abort.signal, urgency: request.urgency };
      return { value: await abortable(abort.signal, work(call)) };
    } catch (error) {
      return toFsError(error);
    }
  }

  #log({ request, since }: InFlight, error: FsError): void {
    const fields = {
      operation: request.operation,
      path: request.path,
      errno: error.errno,
      milliseconds: Math.round(this.#env.clock.monotonic() - since),
      cause: error.cause,
    };
    if (error.expected) this.#env.log.debug(error.message, fields);
    else this.#env.log.warn(error.message, fields);
  }

  #tallyOf(operation: string): OperationTally {
    const known = this.#tallies.get(operation);
    if (known !== undefined) return known;
    const fresh = new OperationTally();
    this.#tallies.set(operation, fresh);
    return fresh;
  }
}

function timedOut({ operation, path, deadline }: Request): FsError {
  return new FsError(
    'ETIMEDOUT',
    `${path}: ${operation} had no answer within ${Math.round(deadline / 1000)} s`,
    {
      reason: 'network',
    },
  );
}
