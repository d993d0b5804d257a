import { type ErrnoName, type FailureReason, FsError } from '../../lib/errors.js';
import { readXml, textOf } from './xml.js';

/** What OSS itself said, kept as the cause of an FsError. */
class OssRefusal extends Error {
  override readonly name = 'OssRefusal';
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The codes that new credentials cure. */
export const OUTWORN: readonly string[] = [
  'SecurityTokenExpired',
  'InvalidAccessKeyId',
  'InvalidSecurityToken',
];

/** The date of the request was found wrong. */
export const SKEWED = 'RequestTimeTooSkewed';

/** Heal with time, whatever their HTTP status says. */
const PASSING = [...OUTWORN, SKEWED, 'CallbackFailed'];

/**
 * A refused storage request as an FsError: reason `network` for what may heal by itself, else `refused`; EACCES for
 * what is forbidden, else EIO.
 */
export function refusalOf(request: string, status: number, body: string): FsError {
  const error = readXml(body);
  const isError = error?.name === 'Error';
  const code = (isError ? textOf(error, 'Code') : null) ?? '';
  const message = (isError ? textOf(error, 'Message') : null) ?? '';
  const said = [code, message].filter((part) => part !== '').join(': ');
  const words = `storage: ${request}: HTTP ${status}${said === '' ? '' : `, ${said}`}`;
  return new FsError(errnoOf(status), words, {
    reason: reasonOf(status, code),
    cause: new OssRefusal(code, status, message),
  });
}

/** The code of OSS's own error document, such as `NoSuchUpload`; empty for a refusal without one, null for another error. */
export function ossCode(error: unknown): string | null {
  return error instanceof FsError && error.cause instanceof OssRefusal ? error.cause.code : null;
}

/** Whether OSS said that it has not carried out the request, and may do so if it is repeated. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof FsError && error.cause instanceof OssRefusal && isPassing(error.cause.status);
}

function isPassing(status: number): boolean {
  return status === 429 || status === 503;
}

function errnoOf(status: number): ErrnoName {
  return status === 401 || status === 403 ? 'EACCES' : 'EIO';
}

function reasonOf(status: number, code: string): FailureReason {
  const passes = status >= 500 || status === 408 || status === 429 || PASSING.includes(code);
  return passes ? 'network' : 'refused';
}
