import type { Clock } from '../lib/env.js';
import type { DownloadPace } from './download-pace.js';

/** Measures how one connection brings its bytes. */
export class StreamWatch {
  readonly #clock: Clock;
  readonly #began: number;
  #asked: number;
  #bytes = 0;
  #silence = 0;
  #rested = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.monotonic();
    this.#asked = this.#began;
  }

  /** More bytes are asked for, at once or after a rest. */
  asks(rested: boolean): void {
    this.#asked = this.#clock.monotonic();
    this.#rested ||= rested;
  }

  /** Bytes came. */
  came(bytes: number): void {
    this.#bytes += bytes;
    this.#silence = Math.max(this.#silence, this.#clock.monotonic() - this.#asked);
  }

  /** The connection has brought all it was asked for. */
  tell(pace: DownloadPace): void {
    pace.quiet(this.#silence);
    // What came in during a rest lay ready: it would tell of memory rather than of the cloud.
    if (!this.#rested) pace.carried(this.#bytes, this.#clock.monotonic() - this.#began);
  }
}
