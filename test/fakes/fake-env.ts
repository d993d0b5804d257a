import type { Env, LogFields, Logger, Random } from '../../src/lib/env.js';
import { FakeClock } from './fake-clock.js';

/** One line that was logged. */
export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps what is logged, for tests to look at. */
export class FakeLogger implements Logger {
  readonly lines: LogLine[];
  readonly #fields: LogFields;

  constructor(lines: LogLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  error(message: string, fields: LogFields = {}): void {
    this.#add('error', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#add('warn', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#add('info', message, fields);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#add('debug', message, fields);
  }

  child(fields: LogFields): Logger {
    return new FakeLogger(this.lines, { ...this.#fields, ...fields });
  }

  #add(level: LogLine['level'], message: string, fields: LogFields): void {
    this.lines.push({ level, message, fields: { ...this.#fields, ...fields } });
  }
}

/** The same numbers in every run. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed >>> 0;
  }

  fraction(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.fraction() * 256));
  }
}

export interface FakeEnv extends Env {
  readonly clock: FakeClock;
  readonly log: FakeLogger;
  /** Names of the checkpoints that were passed, in order. */
  readonly checkpoints: string[];
}

/** An Env whose time stands still, whose randomness repeats and whose log is a list. */
export function fakeEnv(seed = 1): FakeEnv {
  const checkpoints: string[] = [];
  return {
    clock: new FakeClock(),
    random: new SeededRandom(seed),
    log: new FakeLogger(),
    checkpoints,
    checkpoint: (name) => {
      checkpoints.push(name);
      return Promise.resolve();
    },
  };
}
