import { randomBytes } from 'node:crypto';
import type { CloudClock } from '../house/cloud-clock.js';
import type { ProfileSettings } from '../house/profiles.js';
import { Refusal } from './envelope.js';

/** An application registered with the open platform. */
export interface App {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** One authorization of an app by the user: a pair of tokens that refreshing replaces. Times in ms. */
export interface Login {
  readonly id: number;
  readonly clientId: string;
  /** Fixed at the login: refreshing does not extend it (API document, 3.3). */
  readonly refreshExpiresAt: number;
  accessToken: string;
  refreshToken: string;
  accessExpiresAt: number;
  state: 'live' | 'kicked' | 'revoked';
}

export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

export interface LoginsState {
  readonly logins: readonly Login[];
  readonly retired: readonly string[];
  readonly lastId: number;
}

const YEAR = 365 * 24 * 3_600_000;

/** Who may do what: logins with rotation, at most two live ones per app (API document, 3.3, 3.4). */
export class Logins {
  readonly #clock: CloudClock;
  readonly #profile: ProfileSettings;
  #logins: Login[] = [];
  #retired = new Set<string>();
  #lastId = 0;
  #refreshes: number[] = [];

  constructor(clock: CloudClock, profile: ProfileSettings) {
    this.#clock = clock;
    this.#profile = profile;
  }

  save(): LoginsState {
    return { logins: this.#logins, retired: [...this.#retired], lastId: this.#lastId };
  }

  load(state: LoginsState): void {
    this.#logins = state.logins.map((login) => ({ ...login }));
    this.#retired = new Set(state.retired);
    this.#lastId = state.lastId;
  }

  list(): readonly Login[] {
    return this.#logins;
  }

  /** A new login of the app, with the given tokens or fresh ones; the oldest beyond the allowed number ends. */
  authorize(clientId: string, tokens?: { readonly access: string; readonly refresh: string }): TokenPair {
    const now = this.#clock.now();
    this.#lastId += 1;
    const login: Login = {
      id: this.#lastId,
      clientId,
      accessToken: tokens?.access ?? newToken(),
      refreshToken: tokens?.refresh ?? newToken(),
      accessExpiresAt: now + this.#profile.current.accessTokenLifetime,
      refreshExpiresAt: now + YEAR,
      state: 'live',
    };
    this.#logins.push(login);
    const live = this.#logins.filter((one) => one.clientId === clientId && one.state === 'live');
    for (const old of live.slice(0, -this.#profile.current.loginsPerApp)) old.state = 'kicked';
    return this.#pair(login);
  }

  /** Rotates both tokens. Throws the Refusal that the service answers. */
  refresh(refreshToken: string): TokenPair {
    if (refreshToken === '') throw new Refusal(40100000);
    this.#countRefresh();
    if (this.#retired.has(refreshToken)) throw new Refusal(40140120);
    const login = this.#logins.find((one) => one.refreshToken === refreshToken);
    if (login === undefined) throw new Refusal(isToken(refreshToken) ? 40140115 : 40140114);
    if (login.state !== 'live') throw new Refusal(40140116);
    if (login.refreshExpiresAt <= this.#clock.now()) throw new Refusal(40140119);
    this.#retired.add(login.refreshToken);
    login.accessToken = newToken();
    login.refreshToken = newToken();
    login.accessExpiresAt = this.#clock.now() + this.#profile.current.accessTokenLifetime;
    return this.#pair(login);
  }

  /** The login of an Authorization header. Throws a Refusal with 40140123 or 40140125. */
  check(header: string | undefined): Login {
    const token = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
    if (token === undefined) throw new Refusal(40140123);
    const login = this.#logins.find((one) => one.accessToken === token);
    if (login?.state !== 'live' || login.accessExpiresAt <= this.#clock.now()) throw new Refusal(40140125);
    return login;
  }

  /** Ends access tokens or refresh tokens now, or takes the authorization away; of one login or of all. */
  end(what: 'access' | 'refresh' | 'authorization', id: number | null): void {
    const chosen = this.#logins.filter((login) => id === null || login.id === id);
    const now = this.#clock.now();
    for (const login of chosen) {
      if (what === 'access') login.accessExpiresAt = now;
      else if (what === 'authorization') login.state = 'revoked';
      else this.#logins[this.#logins.indexOf(login)] = { ...login, refreshExpiresAt: now };
    }
  }

  #countRefresh(): void {
    const now = this.#clock.now();
    const allowed = this.#profile.current.refreshesPerMinute;
    this.#refreshes = [...this.#refreshes.filter((time) => time > now - 60_000 && time <= now), now];
    if (allowed !== null && this.#refreshes.length > allowed) throw new Refusal(40140117);
  }

  #pair(login: Login): TokenPair {
    return {
      access_token: login.accessToken,
      refresh_token: login.refreshToken,
      expires_in: Math.round((login.accessExpiresAt - this.#clock.now()) / 1000),
    };
  }
}

function newToken(): string {
  return `1a9.${randomBytes(24).toString('hex')}.${randomBytes(16).toString('hex')}`;
}

/** Whether a text has the three parts of a token. */
function isToken(text: string): boolean {
  return /^[^.\s]+\.[^.\s]+\.[^.\s]+$/.test(text);
}
