/** A pending action of a clock. */
export interface Timer {
  /** Forgets the action; without effect once it has run. */
  cancel(): void;
}

/** Time, passed in so that tests move it. All durations are milliseconds. */
export interface Clock {
  /** Wall time in milliseconds since the epoch; may jump in both directions. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. Use it for durations. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `action` once after `ms`. A pending timer does not keep the process alive. */
  after(ms: number, action: () => void): Timer;
}

/** Randomness, passed in so that tests repeat it. */
export interface Random {
  /** At least 0, below 1. */
  fraction(): number;
  /** `length` random bytes, fit for secrets. */
  bytes(length: number): Uint8Array;
}

/** Values that say more about a log line. Secrets are redacted by field name. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log lines go. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger whose every line carries these fields too. */
  child(fields: LogFields): Logger;
}

/** What every part gets from outside instead of reaching for it. */
export interface Env {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** A named point at which a crash test may stop the process for good; does nothing in production. */
  checkpoint(name: string): Promise<void>;
}
