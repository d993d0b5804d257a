/** What a login by QR code tells on its way. */
export type QrEvent =
  | { readonly kind: 'qr'; readonly text: string }
  | { readonly kind: 'scanned'; readonly message: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'done' };

/** Who waits for a login: a person at the terminal. */
export interface LoginCall {
  readonly signal: AbortSignal;
  readonly urgency: 'reader';
}

/** Login by authorization code. */
export interface CodeExchange {
  authorizeUrl(redirectUri: string, state: string): string;
  exchange(code: string, redirectUri: string, call: LoginCall): Promise<void>;
}

/** An account as far as logging in goes. */
export interface LoginAccount {
  readonly name: string;
  readonly kind: string;
  readonly login: {
    readonly qr?: (call: LoginCall) => AsyncIterable<QrEvent>;
    readonly code?: CodeExchange;
  };
}
