import { join } from 'node:path';
import type { Config } from '../config/config.js';
import type { CredentialStore } from '../driver/credential-store.js';
import type { Finding } from '../lib/doctor-protocol.js';
import type { AccountStatus } from '../lib/protocol.js';
import { formatDuration } from '../lib/quantity.js';
import { findingsOf } from './findings.js';
import { codeOf, type Machine, wordsOf } from './machine.js';

const { ok, warn, fail } = findingsOf('login');

/** Of the calls of a day: from here on a person should know. */
const NEARLY_ALL = 0.9;
/** Permission bits of everybody but the owner. */
const OTHERS = 0o077;

/** What the accounts of a running daemon tell. */
export function checkAccounts(accounts: readonly AccountStatus[], now: number): readonly Finding[] {
  return accounts.flatMap((account) => [
    checkLogin(account),
    ...checkThrottle(account, now),
    checkCalls(account),
  ]);
}

function checkLogin({ name, login, loginMessage }: AccountStatus): Finding {
  if (login === 'lost') return fail(name, loginMessage ?? 'the login is lost', `panfuse login ${name}`);
  return ok(name, login === 'ok' ? 'the cloud takes the login' : 'the cloud was not asked yet');
}

function checkThrottle({ name, throttle }: AccountStatus, now: number): readonly Finding[] {
  if (throttle === null) return [];
  const wait = formatDuration(Math.max(1000, throttle.until - now));
  return [
    warn(name, `the cloud refuses calls: ${throttle.message}`, `wait ${wait}: panfuse goes on by itself`),
  ];
}

function checkCalls({ name, calls: { today, perDay } }: AccountStatus): Finding {
  const words = `${today} of ${perDay} calls used today`;
  if (today < perDay * NEARLY_ALL) return ok(name, words);
  const advice = `what is known stays readable; accounts.${name}.calls.perDay is the limit of your own`;
  return warn(name, words, advice);
}

/** Without a daemon: whether a login is there to begin with, and private. Asks no cloud. */
export async function checkStoredLogins(
  machine: Machine,
  config: Config,
  stored: Pick<CredentialStore, 'load'>,
): Promise<readonly Finding[]> {
  const logins = config.accounts.map(async ({ name, settings }) => {
    try {
      if ((await stored.load(name)) !== null) return ok(name, 'a login is stored');
    } catch (error) {
      return fail(name, wordsOf(error), `panfuse login ${name}`);
    }
    const isPasted = Object.entries(settings).some(
      ([key, value]) => /token/i.test(key) && typeof value === 'string',
    );
    if (isPasted) return ok(name, 'the configuration holds a login');
    return fail(name, 'nobody has logged in yet', `panfuse login ${name}`);
  });
  return [...(await checkPrivacy(machine, config)), ...(await Promise.all(logins))];
}

/** Whether the stored logins are for nobody else's eyes. */
export async function checkPrivacy(machine: Machine, { state }: Config): Promise<readonly Finding[]> {
  const folder = join(state.path, 'credentials');
  try {
    const { mode } = await machine.stat(folder);
    if ((mode & OTHERS) === 0) return [ok(folder, 'only its owner can look inside')];
    return [fail(folder, 'other users can look inside: it holds logins', `chmod 700 ${folder}`)];
  } catch (error) {
    return codeOf(error) === 'ENOENT'
      ? []
      : [fail(folder, wordsOf(error), 'run this as the user of the daemon')];
  }
}
