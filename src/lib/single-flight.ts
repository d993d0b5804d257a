import { type Call, type Urgency, urgencyRank } from './call.js';

interface Flight<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  readonly waiting: Set<Call>;
}

/**
 * Runs work for a key once at a time: who asks while it runs shares the answer.
 * The work is aborted when the last of its callers has aborted, and is as urgent as the most urgent of them.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** True while work for this key is under way. */
  running(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Rejects with the call's abort reason when it aborts, although the work may go on for others. */
  async run(key: string, call: Call, work: (shared: Call) => Promise<T>): Promise<T> {
    call.signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, call, work);
    flight.waiting.add(call);
    return await new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        call.signal.removeEventListener('abort', aborted);
        flight.waiting.delete(call);
      };
      const aborted = (): void => {
        leave();
        if (flight.waiting.size === 0) this.#abandon(key, flight, call.signal.reason);
        reject(call.signal.reason as Error);
      };
      call.signal.addEventListener('abort', aborted, { once: true });
      flight.result.then(resolve, reject).finally(leave);
    });
  }

  #start(key: string, first: Call, work: (shared: Call) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const waiting = new Set<Call>([first]);
    const shared: Call = {
      signal: abort.signal,
      get urgency() {
        return mostUrgent(waiting);
      },
    };
    const result = work(shared).finally(() => {
      if (this.#flights.get(key)?.abort === abort) this.#flights.delete(key);
    });
    const flight = { result, abort, waiting };
    this.#flights.set(key, flight);
    return flight;
  }

  #abandon(key: string, flight: Flight<T>, reason: unknown): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    flight.abort.abort(reason);
  }
}

function mostUrgent(calls: ReadonlySet<Call>): Urgency {
  let best: Urgency = 'background';
  for (const call of calls) if (urgencyRank(call.urgency) < urgencyRank(best)) best = call.urgency;
  return best;
}
