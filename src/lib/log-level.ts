/** What is written to the log: each level and those before it. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The level in force, and that of the configuration. */
export interface LogLevelRow {
  readonly level: LogLevel;
  readonly configured: LogLevel;
}

export interface LogProtocol {
  'GET /v1/log/level': {
    input: Readonly<Record<string, never>>;
    output: LogLevelRow;
    progress: never;
  };
  'POST /v1/log/level': { input: { readonly level: LogLevel }; output: LogLevelRow; progress: never };
}
