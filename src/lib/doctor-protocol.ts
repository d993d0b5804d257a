/** fail: something does not work. warn: it works, and a person should know. */
export type FindingLevel = 'ok' | 'warn' | 'fail';

/** What can be looked at, in the order in which it is told. */
export type CheckName =
  | 'config'
  | 'program'
  | 'daemon'
  | 'fuse'
  | 'kernel'
  | 'disk'
  | 'login'
  | 'dns'
  | 'cloud'
  | 'clock'
  | 'mount'
  | 'drive';

/** One thing that was looked at. */
export interface Finding {
  readonly check: CheckName;
  /** Which one of several: an account, a host, a path; null where there is one alone. */
  readonly subject: string | null;
  readonly level: FindingLevel;
  /** For a person. */
  readonly message: string;
  /** What to do about it; null when nothing need be done. */
  readonly advice: string | null;
}

/** What a daemon says of itself, its machine and its clouds. */
export interface DoctorProtocol {
  'GET /v1/doctor': {
    input: Readonly<Record<string, never>>;
    output: readonly Finding[];
    progress: never;
  };
}
