import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { Config } from '../config/config.js';
import { Adoption } from '../content/adoption.js';
import { BlockCache } from '../content/block-cache/block-cache.js';
import { type PinnedContent, PinnedContents } from '../content/block-cache/pinned-contents.js';
import { Content } from '../content/content.js';
import type { StoredLink } from '../content/link-cache.js';
import type { Account } from '../driver/account.js';
import { DRIVER_KINDS } from '../drivers/index.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { KeptBlocks } from './cache/actions.js';
import { CounterRows } from './counter-rows.js';
import { callMetrics } from './metrics/call-metrics.js';
import type { AskedTask } from './offline/rows.js';
import type { NetworkServices } from '../net/network-services.js';
import { createTransport, type Transport } from '../net/transport.js';
import { CredentialFiles } from '../store/credential-files.js';
import { StateDatabase, type StateStore } from '../store/state-database.js';
import { Uploads } from './uploads.js';

/** Raised whenever rows written before can no longer be read. */
const METADATA_VERSION = 1;
export const STATE_VERSION = 1;

/** Hears of every call of an account's API. */
type CallObserver = NonNullable<NetworkServices['observe']>;

/** What the drives of a daemon stand on. */
export interface Services {
  readonly transport: Transport;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly content: Content;
  readonly uploads: Uploads;
  /** Puts what was uploaded into the block cache; null without one. */
  readonly adoption: Adoption | null;
  /** The blocks of files that are kept on the disk; null when none are. */
  readonly kept: KeptBlocks | null;
  /** The trees of all drives. */
  readonly metadata: StateDatabase;
  /** What the clouds were asked to download. */
  readonly offline: StateStore<AskedTask>;
  /** Ends everything, the last begun first; resolves when all that matters is on disk. */
  close(): Promise<void>;
}

/** Opens state files and makes accounts, whose calls are counted in `register`. Asks no cloud. Rejects with FsError that names the file or field. */
export async function openServices(env: Env, config: Config, register: Registry): Promise<Services> {
  const metadata = await StateDatabase.open(
    env,
    join(config.state.path, 'metadata.sqlite'),
    METADATA_VERSION,
  );
  const state = await StateDatabase.open(env, join(config.state.path, 'state.sqlite'), STATE_VERSION);
  const transport = createTransport(env, {
    authorities: config.network.caFiles,
    stall: config.timeouts.stall,
  });
  const accounts = createAccounts(env, config, transport, state, callMetrics(register));
  const kept = await openBlocks(env, config, state);
  const blocks = kept?.blocks ?? null;
  const content = new Content(
    env,
    { transport, links: state.store<StoredLink>('links'), ...(blocks === null ? {} : { blocks }) },
    {
      readTimeout: config.timeouts.read,
      stall: config.timeouts.stall,
      memory: config.cache.memory,
      linksAhead: config.links.ahead,
    },
  );
  const adoption = blocks === null ? null : new Adoption(env, blocks);
  const uploads = await Uploads.open(env, config, { content, adoption });
  return {
    transport,
    accounts,
    content,
    uploads,
    adoption,
    kept,
    metadata,
    offline: state.store<AskedTask>('offline'),
    async close() {
      await uploads.close();
      await content.close();
      await blocks?.close();
      await Promise.all([...accounts.values()].map((account) => account.close()));
      await transport.close();
      await Promise.all([metadata.close(), state.close()]);
    },
  };
}

/** Null when nothing is to be kept on disk. */
async function openBlocks(env: Env, { cache }: Config, state: StateDatabase): Promise<KeptBlocks | null> {
  if (cache.size === 0 && cache.probes === 0) return null;
  const { size, probes, keepFree } = cache;
  const path = join(cache.path, 'blocks');
  const pins = await PinnedContents.open(state.store<PinnedContent>('cache-pins'));
  const blocks = new BlockCache(env, { directory: path, size, probes, keepFree, pins });
  await blocks.open();
  return { blocks, pins, path };
}

/** The accounts alone, for a login without a running daemon. */
export function createAccounts(
  env: Env,
  config: Config,
  transport: Transport,
  state: StateDatabase,
  observe: CallObserver = () => undefined,
): ReadonlyMap<string, Account> {
  const credentials = new CredentialFiles(env, join(config.state.path, 'credentials'));
  const services = { env, network: { transport, counters: new CounterRows(state), observe }, credentials };
  return new Map(
    config.accounts.map(({ name, kind, settings }) => {
      const found = DRIVER_KINDS.find((candidate) => candidate.kind === kind);
      if (found === undefined)
        throw new FsError('EINVAL', `accounts.${name}.kind: there is no cloud ${kind}`);
      return [name, found.create(services, name, settings)];
    }),
  );
}
