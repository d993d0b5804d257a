import type { Config } from '../config/config.js';
import type { CredentialStore } from '../driver/credential-store.js';
import type { CheckName, Finding } from '../lib/doctor-protocol.js';
import type { Env } from '../lib/env.js';
import type { DaemonStatus } from '../lib/protocol.js';
import type { Transport } from '../net/transport.js';
import { checkClouds, type CloudAddresses } from './cloud-check.js';
import { checkConfig, type ReadConfig } from './config-check.js';
import { checkDisks } from './disk-check.js';
import { checkDrives } from './drive-check.js';
import { checkFuse } from './fuse-check.js';
import { checkKernel } from './kernel-check.js';
import { checkAccounts, checkPrivacy, checkStoredLogins } from './login-check.js';
import type { Machine } from './machine.js';
import { checkMounts } from './mount-check.js';
import { patientMachine } from './patient-machine.js';
import { checkProgram } from './program-check.js';
import { checkSocket } from './socket-check.js';

/** In which order a person is told. */
const ORDER: readonly CheckName[] = [
  'config',
  'program',
  'daemon',
  'fuse',
  'kernel',
  'disk',
  'login',
  'dns',
  'cloud',
  'clock',
  'mount',
  'drive',
];

export interface DoctorParts {
  readonly machine: Machine;
  readonly transport: Pick<Transport, 'request'>;
  readonly stored: Pick<CredentialStore, 'load'>;
  /** Reads the configuration file as it is now. */
  readonly read: () => Promise<Config>;
  /** Where the cloud of an account is, as web addresses. */
  readonly addressesOf: (account: Config['accounts'][number]) => readonly string[];
}

/** What is looked at. */
export interface Patient {
  /** What a running daemon began with and how it is; null without a daemon. */
  readonly daemon: { readonly config: Config; readonly status: DaemonStatus } | null;
  /** Where a daemon would answer. */
  readonly socket: string;
}

/**
 * Looks at everything that panfuse needs, and says what to do. Asks no cloud for anything but the time. Never rejects
 * for what it finds, and ends within seconds.
 */
export async function examine(env: Env, given: DoctorParts, patient: Patient): Promise<readonly Finding[]> {
  const machine = patientMachine(env.clock, given.machine);
  const parts = { ...given, machine };
  const { daemon, socket } = patient;
  const read: ReadConfig = await parts.read().then(
    (config) => ({ config }),
    (error: unknown) => ({ error }),
  );
  const config = daemon?.config ?? ('config' in read ? read.config : null);
  const status = daemon?.status ?? null;
  const paths = config?.mounts.map(({ path }) => path) ?? [];
  const found = await Promise.all([
    checkProgram(machine),
    checkFuse(machine, config),
    checkKernel(machine, config?.mounts ?? []),
    checkMounts({ clock: env.clock, machine }, paths, status?.mounts ?? null),
    checkConfigured(env, parts, config, status),
  ]);
  const findings = [
    ...checkConfig(read, daemon?.config ?? null),
    await checkSocket(machine, socket, daemon !== null),
    ...found.flat(),
  ];
  return findings.sort((one, other) => ORDER.indexOf(one.check) - ORDER.indexOf(other.check));
}

/** What only somebody can look at who knows the configuration. */
async function checkConfigured(
  env: Env,
  parts: DoctorParts,
  config: Config | null,
  status: DaemonStatus | null,
): Promise<readonly Finding[]> {
  if (config === null) return [];
  const { machine, stored } = parts;
  const found = await Promise.all([
    checkDisks(machine, config),
    checkCloudsOf(env, parts, config, status),
    status === null ? checkStoredLogins(machine, config, stored) : checkPrivacy(machine, config),
  ]);
  return [...found.flat(), ...(status === null ? [] : checkLive(env, status))];
}

function checkLive(env: Env, { accounts, drives }: DaemonStatus): readonly Finding[] {
  const now = env.clock.now();
  return [...checkAccounts(accounts, now), ...checkDrives(drives, now)];
}

async function checkCloudsOf(
  env: Env,
  { machine, transport, addressesOf }: DoctorParts,
  { accounts }: Config,
  status: DaemonStatus | null,
): Promise<readonly Finding[]> {
  const clouds = accounts.map((account): CloudAddresses => {
    const live = status?.accounts.find(({ name }) => name === account.name);
    const isThrottled = live !== undefined && live.throttle !== null;
    return { addresses: addressesOf(account), isThrottled };
  });
  return await checkClouds({ clock: env.clock, machine, transport }, clouds);
}
