import { join } from 'node:path';
import type { Config } from '../config/config.js';
import type { Account } from '../driver/account.js';
import { FsError } from '../lib/errors.js';
import { createTransport } from '../net/transport.js';
import { StateDatabase } from '../store/state-database.js';
import { systemEnvironment } from './environment.js';
import { Logging } from './logging.js';
import { createAccounts, STATE_VERSION } from './services.js';

export type { Account } from '../driver/account.js';

/**
 * Lends one account of the configuration, without a running daemon and without mounts, for as long as `use` runs.
 * Rejects with ENOENT for an unknown name, and as `use` does.
 */
export async function withAccount(
  config: Config,
  name: string,
  use: (account: Account) => Promise<void>,
): Promise<void> {
  const env = systemEnvironment(Logging.create({ level: 'warn', file: null }));
  const state = await StateDatabase.open(env, join(config.state.path, 'state.sqlite'), STATE_VERSION);
  const transport = createTransport(env, { authorities: config.network.caFiles });
  try {
    const accounts = createAccounts(env, config, transport, state);
    const account = accounts.get(name);
    if (account === undefined) {
      const known = [...accounts.keys()].join(', ') || 'none';
      throw new FsError('ENOENT', `there is no account ${name} in ${config.file} (known: ${known})`);
    }
    await use(account);
    await account.close();
  } finally {
    await transport.close();
    await state.close();
  }
}
