import { FsError } from '../lib/errors.js';
import type { LoginAccount } from './login/account-login.js';
import { followCodeLogin } from './login/code-login.js';
import { followQrLogin } from './login/qr-login.js';
import type { Action, Session } from './session.js';

export interface LoginArguments {
  readonly account: string;
  /** null: whatever the account allows, the QR code first. */
  readonly way: 'qr' | 'code' | null;
  /** A picture file for the QR code. */
  readonly image: string | null;
  readonly redirectUri: string;
}

/** Lends the account of the configuration that is to be logged in. */
export type LendAccount = (
  session: Session,
  name: string,
  use: (account: LoginAccount) => Promise<void>,
) => Promise<void>;

/** `panfuse login ACCOUNT`: works without a daemon; one that runs is told. */
export function logIn(given: LoginArguments, lend: LendAccount = lendAccount): Action {
  return async (session) => {
    await lend(session, given.account, (account) => followLogin(session, account, given));
    const reloaded = await tellDaemon(session, given.account);
    const rest = reloaded ? '; the running daemon uses it from now on' : '';
    session.output.result({ account: given.account, reloaded }, `Logged in: ${given.account}${rest}`);
  };
}

async function lendAccount(
  session: Session,
  name: string,
  use: (account: LoginAccount) => Promise<void>,
): Promise<void> {
  const { withAccount } = await import('../daemon/login.js');
  await withAccount(await session.config(), name, use);
}

async function followLogin(session: Session, account: LoginAccount, given: LoginArguments): Promise<void> {
  const { qr, code } = account.login;
  if (given.way !== 'code' && qr !== undefined) {
    await followQrLogin(session, qr({ signal: session.signal, urgency: 'reader' }), given.image);
    return;
  }
  if (given.way !== 'qr' && code !== undefined) {
    await followCodeLogin(session, code, given.redirectUri);
    return;
  }
  throw new FsError('EOPNOTSUPP', describeMissingWay(account, given.way));
}

function describeMissingWay({ name, login }: LoginAccount, way: LoginArguments['way']): string {
  const possible = [
    ...(login.qr === undefined ? [] : ['--qr']),
    ...(login.code === undefined ? [] : ['--code']),
  ];
  const what = way === null ? 'log in here' : `log in with --${way}`;
  if (way === 'code' && possible.length > 0)
    return `account ${name} cannot ${what} without a clientSecret in the configuration; it can with ${possible.join(' or ')}`;
  if (possible.length > 0) return `account ${name} cannot ${what}; it can with ${possible.join(' or ')}`;
  return `account ${name} cannot ${what}: give it a clientId (QR code), a clientId and clientSecret (code), or a refreshToken in the configuration`;
}

/** True when a daemon has read the new login; false when none is running. */
async function tellDaemon(session: Session, account: string): Promise<boolean> {
  try {
    const control = await session.control();
    await control.call('POST /v1/accounts/reload', { account }, { signal: session.signal });
    return true;
  } catch (error) {
    if (error instanceof FsError && error.reason === 'daemon') return false;
    throw error;
  }
}
