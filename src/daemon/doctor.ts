import { join } from 'node:path';
import { strictObject } from 'valibot';
import type { AccountConfig, Config } from '../config/config.js';
import { loadConfig } from '../config/load.js';
import type { Host } from '../config/paths.js';
import { type DoctorParts, examine } from '../doctor/doctor.js';
import { systemMachine } from '../doctor/machine.js';
import { DRIVER_KINDS } from '../drivers/index.js';
import type { Finding } from '../lib/doctor-protocol.js';
import type { Env } from '../lib/env.js';
import type { CommandFor, DaemonStatus } from '../lib/protocol.js';
import { createTransport, type Transport } from '../net/transport.js';
import { CredentialFiles } from '../store/credential-files.js';
import { systemEnvironment } from './environment.js';
import { Logging } from './logging.js';

/** What a running daemon says of itself. */
export function doctorCommand(
  env: Env,
  daemon: { readonly config: Config; readonly transport: Transport; status(): DaemonStatus },
): CommandFor<'GET /v1/doctor'> {
  const { config, transport } = daemon;
  return {
    name: 'doctor',
    method: 'GET',
    path: '/v1/doctor',
    summary: 'What is wrong here, and what to do about it',
    input: strictObject({}),
    run: () => {
      const running = { config, status: daemon.status() };
      const parts = partsOf(env, transport, config.state.path, () => loadConfig(config.file));
      return examine(env, parts, { daemon: running, socket: config.control.socket });
    },
  };
}

/**
 * The same without a daemon. `path` is the configuration file, null for the default place; `socket` where a daemon would
 * answer.
 */
export async function examineAlone(
  path: string | null,
  host: Host,
  socket: string,
): Promise<readonly Finding[]> {
  const env = systemEnvironment(Logging.create({ level: 'error', file: null }));
  // Why it cannot be read is told by the check of it.
  const config = await loadConfig(path, host).catch(() => null);
  const transport = createTransport(env, { authorities: config?.network.caFiles ?? [] });
  try {
    const parts = partsOf(env, transport, config?.state.path ?? '', () => loadConfig(path, host));
    return await examine(env, parts, { daemon: null, socket });
  } finally {
    await transport.close();
  }
}

function partsOf(env: Env, transport: Transport, state: string, read: () => Promise<Config>): DoctorParts {
  const stored = new CredentialFiles(env, join(state, 'credentials'));
  return { machine: systemMachine(), transport, stored, read, addressesOf };
}

function addressesOf({ kind, settings }: AccountConfig): readonly string[] {
  return DRIVER_KINDS.find((known) => known.kind === kind)?.addresses(settings) ?? [];
}
