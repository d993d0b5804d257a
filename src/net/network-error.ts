import { FsError } from '../lib/errors.js';

/** Codes of failures before the first byte could be sent, with words for them. */
const NEVER_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  ENOTFOUND: 'has no address (name look-up failed)',
  EAI_AGAIN: 'has no address (the name server does not answer)',
};

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/;

/** A failed connection as FsError EIO with reason `network`; `cause` must be free of addresses with secrets. */
export function networkError(host: string, cause: unknown): FsError {
  return new FsError('EIO', `${host} ${explain(cause)}`, { reason: 'network', cause });
}

/** Silence for longer than `ms`: FsError ETIMEDOUT with reason `network`. */
export function silence(host: string, ms: number): FsError {
  return new FsError('ETIMEDOUT', `${host} has sent nothing for ${Math.round(ms / 1000)} s`, {
    reason: 'network',
  });
}

/** A host that took no byte for longer than `ms`: FsError ETIMEDOUT with reason `network`. */
export function blocked(host: string, ms: number): FsError {
  return new FsError('ETIMEDOUT', `${host} has taken nothing for ${Math.round(ms / 1000)} s`, {
    reason: 'network',
  });
}

/** True when the request surely never reached the cloud, so that repeating it is harmless. */
export function wasNeverSent(error: FsError): boolean {
  return codeOf(error.cause) in NEVER_SENT;
}

function explain(cause: unknown): string {
  const code = codeOf(cause);
  const words = NEVER_SENT[code];
  if (words !== undefined) return words;
  if (CERTIFICATE.test(code))
    return `has a certificate that is not trusted (${code}); if it is yours, name its CA file in network.caFiles`;
  const detail = cause instanceof Error && cause.message !== '' ? cause.message : code;
  return `broke the connection${detail === '' ? '' : ` (${detail})`}`;
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : '';
}
