import type { Account, AccountHealth, AccountLogin } from '../../driver/account.js';
import type { CredentialStore } from '../../driver/credential-store.js';
import type { Driver } from '../../driver/driver.js';
import type { Env } from '../../lib/env.js';
import type { ObservedCall } from '../../net/api-call.js';
import { ApiClient, type ApiReply, type ApiRequest, type Verdict } from '../../net/api-client.js';
import type { NetworkServices } from '../../net/network-services.js';
import { Pacer } from '../../net/pacer.js';
import { ServerTime } from '../../net/server-time.js';
import { OssClient } from '../oss/client.js';
import { OssConnection } from '../oss/connection.js';
import { ChangesApi } from './api-changes.js';
import { OfflineApi } from './api-offline.js';
import { UploadApi } from './api-upload.js';
import { Pan115OpenApi } from './api.js';
import { BulkLane } from './bulk-lane.js';
import { ResourceCalls } from './calls.js';
import type { Pan115OpenConfig } from './config.js';
import { Pan115OpenDriver } from './driver.js';
import { judge } from './judge.js';
import { loginWays } from './login.js';
import { Passport } from './passport.js';
import { rootId } from './root.js';
import { StoredLogin } from './stored-login.js';
import { Tokens } from './tokens.js';
import { RecentFiles } from './upload/recent-files.js';
import { StorageTokens } from './upload/storage-tokens.js';
import type { AccountWriteParts } from './write-parts.js';

export interface AccountServices {
  readonly env: Env;
  readonly network: NetworkServices;
  readonly credentials: CredentialStore;
}

/** One login at 115 through the Open platform: its drives share tokens, pace and the calls of the day. */
export class Pan115OpenAccount implements Account {
  readonly name: string;
  readonly kind = '115-open';
  readonly login: AccountLogin;
  readonly connections: number;
  readonly #env: Env;
  readonly #config: Pan115OpenConfig;
  readonly #pacer: Pacer;
  readonly #tokens: Tokens;
  readonly #time: ServerTime;
  readonly #api: Pan115OpenApi;
  readonly #writing: AccountWriteParts;

  constructor(services: AccountServices, name: string, config: Pan115OpenConfig) {
    const { network, credentials } = services;
    const env: Env = { ...services.env, log: services.env.log.child({ account: name }) };
    this.name = name;
    this.connections = config.connections;
    this.#env = env;
    this.#config = config;
    this.#time = new ServerTime(env.clock);
    this.#pacer = new Pacer(env, name, network.counters, { ...config.calls, breaker: config.breaker });
    const { transport } = network;
    const judgeReply = (reply: ApiReply, request: ApiRequest): Verdict => this.#judge(reply, request);
    const observe = (call: ObservedCall): void => network.observe?.(name, call);
    const parts = { transport, pacer: this.#pacer, judge: judgeReply, observe };
    const addresses = { ...config.endpoints, renewUrl: config.renewUrl };
    const passport = new Passport(new ApiClient(env, parts), addresses, config.userAgent);
    const stored = new StoredLogin(credentials, name, config);
    this.#tokens = new Tokens(env, name, passport, stored, nextStep(name, config));
    const client = new ApiClient(env, { ...parts, authorization: this.#tokens });
    const calls = new ResourceCalls(client, config.endpoints.api, config.userAgent);
    this.#api = new Pan115OpenApi(calls);
    this.#writing = this.#writeParts(calls, network);
    this.login = loginWays({
      env,
      passport,
      clientId: config.clientId,
      clientSecret: config.clientSecret,
      accept: (pair) => this.#tokens.accept(pair),
    });
  }

  drive(root: string): Driver {
    const { userAgent, pageSize, linkBatch, changeBatch } = this.#config;
    const options = { root: rootId(root), userAgent, pageSize, linkBatch, changeBatch };
    return new Pan115OpenDriver(this.#api, this.#writing, options);
  }

  health(): AccountHealth {
    const { login, message, throttle } = this.#tokens.health();
    const { throttle: refused, calls } = this.#pacer.state();
    return {
      login,
      loginMessage: message,
      throttle: refused ?? throttle,
      calls: { today: calls.today, perDay: calls.perDay },
    };
  }

  async reload(): Promise<void> {
    await this.#tokens.reload();
  }

  async close(): Promise<void> {
    const outcomes = await Promise.allSettled([this.#tokens.close(), this.#pacer.flush()]);
    // Both must have been tried; of two failures the lost login is worth telling.
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  #writeParts(calls: ResourceCalls, { transport }: NetworkServices): AccountWriteParts {
    const env = this.#env;
    const time = this.#time;
    const uploads = new UploadApi(calls);
    const credentials = new StorageTokens(uploads, time);
    return {
      env,
      time,
      uploads,
      changes: new ChangesApi(calls),
      offline: new OfflineApi(calls),
      storage: new OssClient(new OssConnection({ env, transport, credentials, time })),
      lane: new BulkLane(env),
      recent: new RecentFiles(),
      listingLag: this.#config.listingLag,
    };
  }

  #judge(reply: ApiReply, request: ApiRequest): Verdict {
    // Login calls may go to a renewal server, whose clock is its own.
    if (request.authorized !== false) this.#time.observe(reply.headers.get('date'));
    const verdict = judge(reply, request, this.#env.clock.now());
    if (verdict.kind === 'ok' && request.authorized !== false) this.#tokens.proved();
    return verdict;
  }
}

function nextStep(name: string, config: Pan115OpenConfig): string {
  return config.clientId === undefined
    ? `Write a new refreshToken into the configuration, or your app's clientId and then: panfuse login ${name}`
    : `Log in: panfuse login ${name}`;
}
