import type { Clock } from '../../lib/env.js';
import { BandwidthSchedule } from './bandwidth-schedule.js';

/** So long after bytes were sent nothing need be saved up: a second's worth may go at once. */
const BURST = 1000;
/** A change of the machine's clock or time zone is noticed after at most this. */
const LOOK = 30_000;

/** Lets bytes leave as fast as a schedule allows, in the order asked. */
export class Bandwidth {
  readonly #clock: Clock;
  #schedule: BandwidthSchedule;
  #turn: Promise<void> = Promise.resolve();
  /** Monotonic time up to which what has left already takes the line. */
  #taken = -Infinity;

  constructor(clock: Clock, schedule: BandwidthSchedule = BandwidthSchedule.unlimited) {
    this.#clock = clock;
    this.#schedule = schedule;
  }

  /** Another schedule from now on. */
  set schedule(schedule: BandwidthSchedule) {
    this.#schedule = schedule;
  }

  /** Bytes a second now; null without a limit. */
  get rate(): number | null {
    return this.#schedule.rateAt(this.#clock.now());
  }

  /** Resolves when so many bytes may leave. Rejects with the signal's reason on abort. */
  async admit(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const before = this.#turn;
    const admitted = before.then(() => this.#pass(bytes, signal));
    this.#turn = admitted.catch(() => undefined);
    await admitted;
  }

  async #pass(bytes: number, signal: AbortSignal): Promise<void> {
    let left = bytes;
    for (;;) {
      signal.throwIfAborted();
      const { rate } = this;
      if (rate === null) break;
      const from = Math.max(this.#taken, this.#clock.monotonic() - BURST);
      const due = from + (left / rate) * 1000;
      const wait = due - this.#clock.monotonic();
      if (wait <= 0) {
        this.#taken = due;
        return;
      }
      const span = Math.min(wait, LOOK, this.#schedule.untilNext(this.#clock.now()));
      await this.#clock.sleep(span, signal);
      // What this span allowed is used up: the rest goes at the rate of the next one.
      const until = Math.min(due, this.#clock.monotonic());
      left -= ((until - from) / 1000) * rate;
      this.#taken = until;
      if (left < 1) return;
    }
    this.#taken = this.#clock.monotonic();
  }
}
