import type { AccountLogin, QrLoginEvent } from '../../driver/account.js';
import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { QR_EXPIRED, QR_SIGN_REFUSED, cloudCode } from './errors.js';
import type { DeviceCode, Passport, ScanStatus, TokenPair } from './passport.js';

/** Random bytes of a PKCE verifier: 64 characters, of which 43 to 128 are allowed (115-open.md §3.1). */
const VERIFIER_BYTES = 48;

/** The status call hangs by itself; where it does not, it is asked no more often than this. */
const POLL_INTERVAL = 1000;

export interface LoginParts {
  readonly env: Env;
  readonly passport: Passport;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Resolves when the new login is on disk. */
  accept(pair: TokenPair): Promise<void>;
}

/** The ways to log in that the configured app allows: QR code with an APP ID, redirect with its secret too. */
export function loginWays(parts: LoginParts): AccountLogin {
  const { clientId, clientSecret, passport } = parts;
  if (clientId === undefined) return {};
  const qr = (call: Call): AsyncIterable<QrLoginEvent> => qrLogin(parts, clientId, call);
  if (clientSecret === undefined) return { qr };
  const code = {
    authorizeUrl: (redirectUri: string, state: string) => passport.authorizeUrl(clientId, redirectUri, state),
    exchange: async (text: string, redirectUri: string, call: Call) => {
      await parts.accept(await passport.codeToken({ clientId, clientSecret }, text, redirectUri, call));
    },
  };
  return { qr, code };
}

/** §3.1: a new code replaces each one that expires, until one is confirmed, refused, or the call aborts. */
async function* qrLogin(parts: LoginParts, clientId: string, call: Call): AsyncGenerator<QrLoginEvent, void> {
  for (;;) {
    const verifier = Buffer.from(parts.env.random.bytes(VERIFIER_BYTES)).toString('base64url');
    const code = await parts.passport.deviceCode(clientId, verifier, call);
    yield { kind: 'qr', text: code.text };
    if ((yield* waitForScan(parts, code, call)) === 'confirmed') {
      await parts.accept(await parts.passport.deviceToken(code.uid, verifier, call));
      yield { kind: 'done' };
      return;
    }
    yield { kind: 'expired' };
  }
}

async function* waitForScan(
  parts: LoginParts,
  code: DeviceCode,
  call: Call,
): AsyncGenerator<QrLoginEvent, 'confirmed' | 'expired'> {
  const { clock } = parts.env;
  let scanned = false;
  for (;;) {
    const asked = clock.monotonic();
    const status = await scanStatus(parts.passport, code, call);
    if (status.kind === 'confirmed' || status.kind === 'expired') return status.kind;
    if (status.kind === 'cancelled') throw cancelled(status.message);
    if (status.kind === 'scanned' && !scanned) {
      scanned = true;
      yield { kind: 'scanned', message: status.message };
    }
    const rest = POLL_INTERVAL - (clock.monotonic() - asked);
    if (rest > 0) await clock.sleep(rest, call.signal);
  }
}

/** A poll that nobody answered in time tells nothing new; a code that the cloud no longer knows has expired. */
async function scanStatus(passport: Passport, code: DeviceCode, call: Call): Promise<ScanStatus> {
  try {
    return await passport.scanStatus(code, call);
  } catch (error) {
    const refused = cloudCode(error);
    if (refused === QR_EXPIRED || refused === QR_SIGN_REFUSED) return { kind: 'expired', message: '' };
    const timedOut = error instanceof FsError && error.errno === 'ETIMEDOUT' && error.reason === 'network';
    if (timedOut) return { kind: 'waiting', message: '' };
    throw error;
  }
}

function cancelled(message: string): FsError {
  const said = message === '' ? '' : ` (115 says: ${message})`;
  return new FsError('EACCES', `the login was refused on the phone${said}`, { reason: 'refused' });
}
