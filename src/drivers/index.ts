import type * as v from 'valibot';
import type { Account } from '../driver/account.js';
import type { CredentialStore } from '../driver/credential-store.js';
import type { Env } from '../lib/env.js';
import type { NetworkServices } from '../net/network-services.js';
import { Pan115OpenAccount } from './pan115-open/account.js';
import { pan115OpenAddresses, type Pan115OpenConfig, pan115OpenSchema } from './pan115-open/config.js';
import { rootSchema } from './pan115-open/root.js';

/** What a driver gets from outside. */
export interface DriverServices {
  readonly env: Env;
  readonly network: NetworkServices;
  readonly credentials: CredentialStore;
}

/** A cloud that an account of the configuration can name as its `kind`. */
export interface DriverKind {
  readonly kind: string;
  /** The account's own keys, without `kind`; unknown keys are errors. */
  readonly schema: v.StrictObjectSchema<v.ObjectEntries, undefined>;
  /** What `drives.NAME.root` may be. */
  readonly root: v.GenericSchema<string>;
  /** An account of this kind; asks and opens nothing yet. `config` is what the schema's parse gave. */
  create(services: DriverServices, name: string, config: object): Account;
  /** Where an account is asked, as web addresses; the first answers anybody with the time. `config` as for `create`. */
  addresses(config: object): readonly string[];
}

const pan115Open: DriverKind = {
  kind: '115-open',
  schema: pan115OpenSchema,
  root: rootSchema,
  create: (services, name, config) => new Pan115OpenAccount(services, name, config as Pan115OpenConfig),
  addresses: (config) => pan115OpenAddresses(config as Pan115OpenConfig),
};

/** Every cloud that panfuse knows. */
export const DRIVER_KINDS: readonly DriverKind[] = [pan115Open];
