import type { Call } from '../lib/call.js';
import type { Driver } from './driver.js';

/** The state of an account as `status` shows it. */
export interface AccountHealth {
  /**
   * unknown: not asked yet. ok: the last call was accepted (conformance: "account is healthy while calls succeed").
   * lost: nothing works until a person logs in again, and `loginMessage` says how
   * (conformance: "account tells that its login is lost until a person logs in again").
   */
  readonly login: 'unknown' | 'ok' | 'lost';
  readonly loginMessage: string | null;
  /** While the cloud refuses: until when nothing is asked (milliseconds since the epoch) and what it said. */
  readonly throttle: { readonly until: number; readonly message: string } | null;
  readonly calls: { readonly today: number; readonly perDay: number };
}

/** What a login by QR code tells on its way. */
export type QrLoginEvent =
  /** `text` is what the QR code must hold; a new one replaces an expired one. */
  | { readonly kind: 'qr'; readonly text: string }
  | { readonly kind: 'scanned'; readonly message: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'done' };

/** Ways to log in; a property is present exactly when the account's configuration and the cloud allow it. */
export interface AccountLogin {
  /** Ends after `done`; rejects with FsError when the person or the cloud refuses. The new login is on disk by then. */
  readonly qr?: (call: Call) => AsyncIterable<QrLoginEvent>;
  readonly code?: {
    /** The page where the person consents. */
    authorizeUrl(redirectUri: string, state: string): string;
    /** Turns the code that the redirect carried into a stored login. */
    exchange(code: string, redirectUri: string, call: Call): Promise<void>;
  };
}

/** One login on one cloud: credentials, pacing and call budget are shared by its drives. */
export interface Account {
  readonly name: string;
  readonly kind: string;
  readonly login: AccountLogin;
  /** Downloads that the account allows at once, over all its files. */
  readonly connections: number;
  /** A drive of this account; `root` is a folder as the configuration names it (an id or a pasted web address). */
  drive(root: string): Driver;
  health(): AccountHealth;
  /** Reads the stored credentials again: a person has logged in meanwhile. */
  reload(): Promise<void>;
  /** Ends timers and connections; resolves when counters are on disk. */
  close(): Promise<void>;
}
