import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { CredentialStore, Credentials } from '../../driver/credential-store.js';
import { FsError } from '../../lib/errors.js';
import type { TokenPair } from './passport.js';

/** The tokens of a login and how long they are good. */
export interface Login {
  /** Empty when there is none, or when the cloud has refused it. */
  readonly accessToken: string;
  /** Empty when there is none: then the login ends with its access token. */
  readonly refreshToken: string;
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number;
  /** Milliseconds since the epoch; null when nobody knows (a pasted access token). */
  readonly expiresAt: number | null;
}

/** Tokens that stand in the configuration. */
export interface PastedTokens {
  readonly refreshToken?: string | undefined;
  readonly accessToken?: string | undefined;
}

const storedShape = v.object({
  accessToken: v.string(),
  refreshToken: v.pipe(v.string(), v.nonEmpty()),
  obtainedAt: v.number(),
  expiresAt: v.number(),
  /** The SHA-256 of the token that stood in the configuration when this login was stored; empty for none. */
  pasted: v.string(),
});

/** Where an account's login is kept, and which one counts: the stored one or the one in the configuration. */
export class StoredLogin {
  readonly #credentials: CredentialStore;
  readonly #account: string;
  readonly #pasted: PastedTokens;

  constructor(credentials: CredentialStore, account: string, pasted: PastedTokens) {
    this.#credentials = credentials;
    this.#account = account;
    this.#pasted = pasted;
  }

  /**
   * The stored login, unless the configuration holds another token than when it was stored: then that one.
   * Null when there is neither. Rejects with FsError when what is stored cannot be read, reason `login` when it is
   * no login.
   */
  async load(): Promise<Login | null> {
    const stored = await this.#credentials.load(this.#account);
    const pasted = this.#pastedHash();
    if (stored !== null && (pasted === '' || stored['pasted'] === pasted)) return this.#read(stored);
    const { accessToken = '', refreshToken = '' } = this.#pasted;
    return pasted === '' ? null : { accessToken, refreshToken, obtainedAt: 0, expiresAt: null };
  }

  /** Resolves when the login would survive a power cut. */
  async save(login: Login & { readonly expiresAt: number }): Promise<void> {
    await this.#credentials.save(this.#account, { ...login, pasted: this.#pastedHash() });
  }

  #read(stored: Credentials): Login {
    const read = v.safeParse(storedShape, stored);
    if (read.success) return read.output;
    throw new FsError('EACCES', 'the stored login is damaged', { reason: 'login' });
  }

  #pastedHash(): string {
    const token = this.#pasted.refreshToken ?? this.#pasted.accessToken;
    return token === undefined ? '' : createHash('sha256').update(token).digest('hex');
  }
}

/** A login as it is kept, got `now` (milliseconds since the epoch). */
export function loginOf(pair: TokenPair, now: number): Login & { readonly expiresAt: number } {
  return {
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    obtainedAt: now,
    expiresAt: now + pair.lifetime,
  };
}
