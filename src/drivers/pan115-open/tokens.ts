import { abortable } from '../../lib/abortable.js';
import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError, toFsError } from '../../lib/errors.js';
import type { Authorization } from '../../net/api-client.js';
import type { Passport, TokenPair } from './passport.js';
import { renewPair } from './renewal.js';
import { RenewalRest } from './rest.js';
import { type Login, type StoredLogin, loginOf } from './stored-login.js';

/** An access token is renewed this long before its end, or a tenth of its life before where that is shorter. */
const AHEAD = 300_000;

/** How the login of an account is. */
export interface LoginHealth {
  readonly login: 'unknown' | 'ok' | 'lost';
  readonly message: string | null;
  readonly throttle: { readonly until: number; readonly message: string } | null;
}

/**
 * The login of one account as the API client uses it (115-open.md §3.3-3.4). Renewal happens once at a time, ahead of
 * expiry; a new pair is on disk before it is used. What the cloud refuses for good is never asked again until a person
 * has logged in: `reload` or `accept`.
 *
 *     unknown ──accepted by a call──▶ ok ──refresh token refused──▶ lost ──reload, accept──▶ unknown
 */
export class Tokens implements Authorization {
  readonly #env: Env;
  readonly #account: string;
  readonly #nextStep: string;
  readonly #passport: Passport;
  readonly #stored: StoredLogin;
  readonly #rest: RenewalRest;
  #login: Login | null = null;
  /** A pair that the cloud has given but that is not on disk yet. */
  #unsaved: (Login & { readonly expiresAt: number }) | null = null;
  #state: 'unknown' | 'ok' = 'unknown';
  #lost: FsError | null = null;
  /** True from a renewal until a call was accepted with its token. */
  #unproved = false;
  #renewal: Promise<void> | null = null;
  #loading: Promise<Login | null> | null = null;

  /** `nextStep` tells a person how to log in again. */
  constructor(env: Env, account: string, passport: Passport, stored: StoredLogin, nextStep: string) {
    this.#env = env;
    this.#account = account;
    this.#nextStep = nextStep;
    this.#passport = passport;
    this.#stored = stored;
    this.#rest = new RenewalRest(env.clock, account);
  }

  async headers(call: Call): Promise<Readonly<Record<string, string>>> {
    const login = await this.#current(call);
    if (this.#isDue(login)) await this.#renewUnlessUsable(login, call);
    return bearer(await this.#current(call));
  }

  async renew(refused: Readonly<Record<string, string>>, call: Call): Promise<void> {
    const login = await this.#current(call);
    if (refused['Authorization'] !== bearer(login)['Authorization']) return;
    this.#login = { ...login, accessToken: '' };
    if (this.#unproved) throw this.#rest.start(this.#refusedThoughNew());
    await this.#renewOnce(call);
  }

  /** A call was answered under these tokens: they are good. */
  proved(): void {
    this.#state = 'ok';
    // Success with an older token says nothing about renewing, which may be resting.
    if (this.#unproved) this.#rest.forget();
    this.#unproved = false;
  }

  /** A person has logged in: resolves when the new pair is on disk and in use. */
  async accept(pair: TokenPair): Promise<void> {
    await this.#settled();
    this.#forgetFailures();
    await this.#keep(loginOf(pair, this.#env.clock.now()));
    this.#unproved = false;
  }

  /** Reads the stored login again and forgets what was refused. */
  async reload(): Promise<void> {
    await this.#settled();
    this.#forgetFailures();
    this.#login = null;
    this.#login = await this.#stored.load();
  }

  health(): LoginHealth {
    const failure = this.#lost ?? this.#rest.error;
    if (failure?.reason === 'login') return { login: 'lost', message: failure.message, throttle: null };
    return { login: this.#state, message: null, throttle: this.#rest.throttle };
  }

  /** Resolves when no renewal is under way and what was renewed is on disk as far as that is possible. */
  async close(): Promise<void> {
    await this.#settled();
    if (this.#unsaved !== null) await this.#keep(this.#unsaved);
  }

  /** Rejects with why there is no login, or with the signal's reason. */
  async #current(call: Call): Promise<Login> {
    call.signal.throwIfAborted();
    if (this.#lost !== null) throw this.#lost;
    if (this.#login === null) {
      this.#loading ??= this.#load().finally(() => {
        this.#loading = null;
      });
      const loaded = await abortable(call.signal, this.#loading);
      this.#login ??= loaded;
    }
    if (this.#login === null) throw this.#lose('there is no login yet');
    return this.#login;
  }

  /** A stored login that makes no sense is as good as none. */
  async #load(): Promise<Login | null> {
    try {
      return await this.#stored.load();
    } catch (thrown) {
      const error = toFsError(thrown);
      throw error.reason === 'login' ? this.#lose(error.message, error) : error;
    }
  }

  async #renewUnlessUsable(login: Login, call: Call): Promise<void> {
    const usable = this.#isUsable(login);
    if (usable && (login.refreshToken === '' || this.#rest.error !== null)) return;
    try {
      await this.#renewOnce(call);
    } catch (error) {
      if (!usable || this.#lost !== null || call.signal.aborted) throw error;
      this.#env.log.warn('the login could not be renewed ahead of time; it is still good', {
        account: this.#account,
        error: toFsError(error).message,
      });
    }
  }

  /** Joins the renewal that is under way, or starts one; an abort leaves it running. */
  async #renewOnce(call: Call): Promise<void> {
    if (this.#rest.error !== null) throw this.#rest.error;
    this.#renewal ??= this.#rotate().finally(() => {
      this.#renewal = null;
    });
    await abortable(call.signal, this.#renewal);
  }

  async #rotate(): Promise<void> {
    const refreshToken = this.#login?.refreshToken ?? '';
    try {
      if (this.#unsaved === null) await this.#renewWith(refreshToken);
      else await this.#keep(this.#unsaved);
    } catch (thrown) {
      const error = toFsError(thrown);
      if (error.reason !== 'login') throw this.#rest.start(error);
      await this.#takeOther(refreshToken, error);
    }
  }

  /** Another process may have renewed meanwhile: what is stored then differs from what was just refused. */
  async #takeOther(refused: string, error: FsError): Promise<void> {
    const other = await this.#stored.load().catch((unreadable: unknown) => {
      throw this.#lose(`${error.message}; ${toFsError(unreadable).message}`, error);
    });
    if (other === null || other.refreshToken === '' || other.refreshToken === refused) {
      throw this.#lose(error.message, error);
    }
    this.#login = other;
    this.#unproved = false;
    if (this.#isUsable(other)) return;
    try {
      await this.#renewWith(other.refreshToken);
    } catch (thrown) {
      const second = toFsError(thrown);
      throw second.reason === 'login' ? this.#lose(second.message, second) : this.#rest.start(second);
    }
  }

  async #renewWith(refreshToken: string): Promise<void> {
    if (refreshToken === '') {
      throw new FsError('EACCES', 'the access token has ended and there is no refresh token', {
        reason: 'login',
      });
    }
    const pair = await renewPair(this.#env, this.#passport, refreshToken);
    await this.#keep(loginOf(pair, this.#env.clock.now()));
    this.#env.log.info('login renewed', { account: this.#account });
  }

  /** The old pair is void already: the new one stays in memory until it is stored, and is not used before. */
  async #keep(login: Login & { readonly expiresAt: number }): Promise<void> {
    this.#unsaved = login;
    await this.#stored.save(login);
    await this.#env.checkpoint('token:saved');
    this.#unsaved = null;
    this.#login = login;
    this.#unproved = true;
    this.#state = 'ok';
    this.#rest.end();
  }

  #isUsable(login: Login): boolean {
    return login.accessToken !== '' && (login.expiresAt === null || this.#env.clock.now() < login.expiresAt);
  }

  #isDue(login: Login): boolean {
    if (!this.#isUsable(login)) return true;
    if (login.expiresAt === null) return false;
    const life = login.expiresAt - login.obtainedAt;
    return this.#env.clock.now() >= login.expiresAt - Math.min(AHEAD, life / 10);
  }

  #refusedThoughNew(): FsError {
    return new FsError('EACCES', '115 refuses even a renewed access token', { reason: 'login' });
  }

  /** Told once, however many calls find it out together. */
  #lose(why: string, cause?: FsError): FsError {
    if (this.#lost !== null) return this.#lost;
    const words = `account ${this.#account}: ${why}. ${this.#nextStep}`;
    this.#lost = new FsError('EACCES', words, { reason: 'login', cause });
    this.#env.log.error('login lost', { account: this.#account, reason: why });
    return this.#lost;
  }

  #forgetFailures(): void {
    this.#lost = null;
    this.#rest.forget();
    this.#unproved = false;
    this.#state = 'unknown';
  }

  /** Whatever its outcome: who asked for the renewal hears of it. */
  async #settled(): Promise<void> {
    if (this.#renewal !== null) await Promise.allSettled([this.#renewal]);
  }
}

function bearer(login: Login): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${login.accessToken}` };
}
