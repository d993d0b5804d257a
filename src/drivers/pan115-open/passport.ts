import { createHash } from 'node:crypto';
import type { Call } from '../../lib/call.js';
import type { ApiClient, ApiReply, ApiRequest } from '../../net/api-client.js';
import { deviceCode, readReply, scanStatus, tokenReply } from './wire.js';

/** The status of a QR code hangs until something happens, about 30 s on the cloud's side (§3.1 step 2). */
const LONG_POLL_TIMEOUT = 75_000;

/** A renewal must not hang: nothing else works meanwhile, and stopping waits for it. */
const RENEWAL_TIMEOUT = 15_000;

/** A new login as the cloud gives it. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Milliseconds that the access token lives. */
  readonly lifetime: number;
}

/** A QR code that waits to be scanned. */
export interface DeviceCode {
  readonly uid: string;
  readonly time: string;
  readonly sign: string;
  /** What the QR code must hold. */
  readonly text: string;
}

export interface ScanStatus {
  readonly kind: 'waiting' | 'scanned' | 'confirmed' | 'expired' | 'cancelled';
  readonly message: string;
}

export interface PassportAddresses {
  readonly passport: string;
  readonly qrcode: string;
  /** Where refresh tokens are renewed instead of the cloud's own address. */
  readonly renewUrl?: string | undefined;
}

const SCAN_STATES: ReadonlyMap<number, ScanStatus['kind']> = new Map([
  [1, 'scanned'],
  [2, 'confirmed'],
  [-1, 'expired'],
  [-2, 'cancelled'],
]);

/** The login calls (§3). They carry no authorization and are not counted against the account's pace. */
export class Passport {
  readonly #client: ApiClient;
  readonly #addresses: PassportAddresses;
  readonly #userAgent: string;

  constructor(client: ApiClient, addresses: PassportAddresses, userAgent: string) {
    this.#client = client;
    this.#addresses = addresses;
    this.#userAgent = userAgent;
  }

  /** §3.1 step 1, with a sha256 challenge. */
  async deviceCode(clientId: string, verifier: string, call: Call): Promise<DeviceCode> {
    const form = {
      client_id: clientId,
      code_challenge: createHash('sha256').update(verifier).digest('base64'),
      code_challenge_method: 'sha256',
    };
    const reply = await this.#post('authDeviceCode', form, call);
    const { uid, time, sign, qrcode } = readReply(deviceCode, reply.json, 'authDeviceCode').data;
    return { uid, time, sign, text: qrcode };
  }

  /** §3.1 step 2: resolves when the state has changed, or after the cloud's own time limit. */
  async scanStatus({ uid, time, sign }: DeviceCode, call: Call): Promise<ScanStatus> {
    const name = 'get/status';
    const reply = await this.#send({
      name,
      method: 'GET',
      url: `${this.#addresses.qrcode}/get/status/`,
      query: { uid, time, sign },
      call,
      repeatable: true,
      timeout: LONG_POLL_TIMEOUT,
    });
    const { state, data } = readReply(scanStatus, reply.json, name);
    return { kind: state ? (SCAN_STATES.get(data.status) ?? 'waiting') : 'expired', message: data.msg };
  }

  /** §3.1 step 3. */
  async deviceToken(uid: string, verifier: string, call: Call): Promise<TokenPair> {
    const reply = await this.#post('deviceCodeToToken', { uid, code_verifier: verifier }, call);
    return pairOf(reply, 'deviceCodeToToken');
  }

  /** §3.2: the page where the person consents. */
  authorizeUrl(clientId: string, redirectUri: string, state: string): string {
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      state,
    });
    return `${this.#addresses.passport}/open/authorize?${query.toString()}`;
  }

  /** §3.2: the code of the redirect for a login. */
  async codeToken(
    app: { readonly clientId: string; readonly clientSecret: string },
    code: string,
    redirectUri: string,
    call: Call,
  ): Promise<TokenPair> {
    const form = {
      client_id: app.clientId,
      client_secret: app.clientSecret,
      code,
      redirect_uri: redirectUri,
      grant_type: 'authorization_code',
    };
    const reply = await this.#post('authCodeToToken', form, call);
    return pairOf(reply, 'authCodeToToken');
  }

  /** §3.3. The old refresh token is void as soon as the cloud has seen this, whether or not its answer arrives. */
  async refresh(refreshToken: string, call: Call): Promise<TokenPair> {
    const name = 'refreshToken';
    const url = this.#addresses.renewUrl ?? `${this.#addresses.passport}/open/${name}`;
    const form = { refresh_token: refreshToken };
    const reply = await this.#send({
      name,
      method: 'POST',
      url,
      form,
      call,
      repeatable: false,
      timeout: RENEWAL_TIMEOUT,
    });
    return pairOf(reply, name);
  }

  #post(name: string, form: Readonly<Record<string, string>>, call: Call): Promise<ApiReply> {
    const url = `${this.#addresses.passport}/open/${name}`;
    return this.#send({ name, method: 'POST', url, form, call, repeatable: false });
  }

  #send(request: Omit<ApiRequest, 'authorized' | 'paced' | 'headers'>): Promise<ApiReply> {
    const headers = { 'User-Agent': this.#userAgent };
    return this.#client.send({ ...request, headers, authorized: false, paced: false });
  }
}

function pairOf(reply: ApiReply, name: string): TokenPair {
  const token = readReply(tokenReply, reply.json, name);
  return {
    accessToken: token.access_token,
    refreshToken: token.refresh_token,
    lifetime: token.expires_in * 1000,
  };
}
