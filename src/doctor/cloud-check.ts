import type { Clock } from '../lib/env.js';
import type { Finding } from '../lib/doctor-protocol.js';
import { formatDuration } from '../lib/quantity.js';
import type { Transport } from '../net/transport.js';
import { findingsOf } from './findings.js';
import { type Machine, wordsOf } from './machine.js';
import { within } from './within.js';

const dns = findingsOf('dns');
const cloud = findingsOf('cloud');
const clock = findingsOf('clock');

/** How long a cloud may take, in milliseconds. */
const PATIENCE = 5000;
/** How far a clock may be off before a person should know, and before clouds refuse what is signed. */
const OFF = 30_000;
const FAR_OFF = 10 * 60_000;
/** A Date header has whole seconds. */
const SECOND = 1000;

/** Where an account's cloud is, and whether it may be asked now. */
export interface CloudAddresses {
  /** Web addresses; the first is asked for the time. */
  readonly addresses: readonly string[];
  /** A cloud that refuses calls is left alone. */
  readonly isThrottled: boolean;
}

export interface CloudParts {
  readonly clock: Clock;
  readonly machine: Machine;
  readonly transport: Pick<Transport, 'request'>;
}

/** Whether the clouds can be found and answer, and whether the clock here is theirs. No call of the account is used. */
export async function checkClouds(
  parts: CloudParts,
  accounts: readonly CloudAddresses[],
): Promise<readonly Finding[]> {
  const hosts = new Set(
    accounts.flatMap(({ addresses }) => addresses.map((address) => new URL(address).hostname)),
  );
  const names = await Promise.all([...hosts].map((host) => checkName(parts, host)));
  const unknown = new Set(names.flatMap(({ level, subject }) => (level === 'ok' ? [] : [subject])));
  const first = accounts.flatMap(({ addresses: [address], isThrottled }) =>
    address === undefined || unknown.has(new URL(address).hostname)
      ? []
      : [{ origin: new URL(address).origin, isThrottled }],
  );
  const origins = new Map(first.map(({ origin, isThrottled }) => [origin, isThrottled]));
  const refused = [...origins].filter(([, isThrottled]) => isThrottled);
  const asked = [...origins].filter(([, isThrottled]) => !isThrottled);
  const answers = await Promise.all(asked.map(([origin]) => askTime(parts, origin)));
  const unasked = refused.map(([origin]) => cloud.ok(origin, 'was not asked: it refuses calls for now'));
  return [...names, ...answers.flat(), ...unasked];
}

async function checkName({ machine }: CloudParts, host: string): Promise<Finding> {
  try {
    return dns.ok(host, await machine.address(host));
  } catch (error) {
    return dns.fail(host, wordsOf(error), 'look at /etc/resolv.conf and at the network of this machine');
  }
}

async function askTime({ clock: time, transport }: CloudParts, origin: string): Promise<readonly Finding[]> {
  const begun = time.now();
  try {
    const { status, headers, discard } = await ask(time, transport, origin);
    const took = time.now() - begun;
    await discard();
    const answered = cloud.ok(origin, `answers in ${formatDuration(took)} (status ${status})`);
    return [answered, judgeClock(headers.get('date'), begun + took / 2)];
  } catch (error) {
    return [cloud.fail(origin, wordsOf(error), 'look at the network, a proxy, or network.caFiles')];
  }
}

async function ask(time: Clock, transport: CloudParts['transport'], origin: string) {
  const ending = new AbortController();
  const request = { method: 'GET', url: `${origin}/`, redirect: 'manual', signal: ending.signal } as const;
  try {
    const response = await within(time, PATIENCE, transport.request(request));
    return {
      status: response.status,
      headers: response.headers,
      discard: () => response.discard(),
    };
  } catch (error) {
    ending.abort(error);
    throw error;
  }
}

function judgeClock(date: string | null, here: number): Finding {
  const told = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(told)) return clock.ok(null, 'the cloud does not tell the time');
  const off = here - (told + SECOND / 2);
  if (Math.abs(off) <= OFF) return clock.ok(null, 'right: at most seconds from that of the cloud');
  const message = `${formatDuration(Math.abs(off))} ${off > 0 ? 'ahead of' : 'behind'} that of the cloud`;
  const advice = 'sudo timedatectl set-ntp true';
  return Math.abs(off) > FAR_OFF ? clock.fail(null, message, advice) : clock.warn(null, message, advice);
}
