import winston from 'winston';
import type { LogFields, Logger } from '../lib/env.js';
import { LOG_LEVELS, type LogLevel } from '../lib/log-level.js';

/** Fields whose values never reach a log, whatever the level. */
const SECRET_FIELD = /token|secret|password|cookie|authorization|verifier|^url$|^location$/i;

export interface LoggingOptions {
  readonly level: LogLevel;
  /** A file that lines are appended to; standard error otherwise. */
  readonly file: string | null;
}

/** Lines over this many bytes of log file begin a new one; five are kept. */
const FILE_BYTES = 20 * 1024 * 1024;

/** The log of the daemon: winston, with secrets redacted by field name. */
export class Logging implements Logger {
  readonly #logger: winston.Logger;

  private constructor(logger: winston.Logger) {
    this.#logger = logger;
  }

  static create(options: LoggingOptions): Logging {
    return new Logging(
      winston.createLogger({
        level: options.level,
        format: winston.format.combine(winston.format.timestamp(), winston.format.printf(formatLine)),
        transports: destination(options.file),
      }),
    );
  }

  /** What is written from now on, by every child of this log too. */
  get level(): LogLevel {
    return LOG_LEVELS.find((known) => known === this.#logger.level) ?? 'info';
  }

  set level(level: LogLevel) {
    this.#logger.level = level;
  }

  error(message: string, fields?: LogFields): void {
    this.#logger.error(message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#logger.warn(message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#logger.info(message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#logger.debug(message, fields);
  }

  child(fields: LogFields): Logger {
    return new Logging(this.#logger.child(fields));
  }
}

/** One line: time, level, message, fields as `key=value`. */
export function formatLine(line: Readonly<Record<string, unknown>>): string {
  const { level, message, timestamp, ...fields } = line;
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${formatValue(key, value)}`);
  return `${String(timestamp)} ${String(level)} ${String(message)}${shown.join('')}`;
}

function formatValue(key: string, value: unknown): string {
  if (SECRET_FIELD.test(key)) return '[hidden]';
  if (value instanceof Error) return JSON.stringify(describeError(value));
  return JSON.stringify(value);
}

/** A cause that an outer message quotes is not told twice. */
function describeError(error: Error, told = ''): string {
  const text = told.includes(error.message) ? '' : error.message;
  const cause = error.cause instanceof Error ? describeError(error.cause, `${told} ${text}`) : '';
  if (text === '' || cause === '') return text + cause;
  return `${text} (${cause})`;
}

function destination(file: string | null): winston.transport {
  if (file === null)
    return new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] });
  return new winston.transports.File({ filename: file, maxsize: FILE_BYTES, maxFiles: 5, tailable: true });
}
