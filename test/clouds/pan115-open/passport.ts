import { randomBytes } from 'node:crypto';
import type { Exchange } from '../house/exchange.js';
import type { CloudService } from '../house/service.js';
import { answerWith, passportRefusal, passportReply, Refusal } from './envelope.js';
import type { App, Logins } from './logins.js';
import type { QrCode, QrCodes } from './qr-codes.js';

/** A code of the authorization-code login that nobody has exchanged yet. */
interface AuthorizationCode {
  readonly clientId: string;
  readonly redirectUri: string;
}

type Endpoint = (fields: URLSearchParams, exchange: Exchange) => unknown;

/** The login service: device code, authorization code, refresh (API document, 3). Answers on the qrcode host too. */
export class Passport implements CloudService {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly #apps: readonly App[];
  readonly #logins: Logins;
  readonly #codes: QrCodes;
  readonly #authorizations = new Map<string, AuthorizationCode>();
  readonly #endpoints: Readonly<Record<string, Endpoint>> = {
    'POST /open/authDeviceCode': (fields) => this.#deviceCode(fields),
    'POST /open/deviceCodeToToken': (fields) => this.#deviceToken(fields),
    'POST /open/refreshToken': (fields, exchange) => this.#refresh(fields, exchange),
    'GET /open/authorize': (fields, exchange) => this.#authorize(fields, exchange),
    'POST /open/authCodeToToken': (fields) => this.#codeToken(fields),
    'GET /get/status': (fields, exchange) => this.#status(fields, exchange),
    'GET /get/status/': (fields, exchange) => this.#status(fields, exchange),
  };

  constructor(
    name: string,
    hosts: readonly string[],
    parts: { readonly apps: readonly App[]; readonly logins: Logins; readonly codes: QrCodes },
  ) {
    this.name = name;
    this.hosts = hosts;
    this.#apps = parts.apps;
    this.#logins = parts.logins;
    this.#codes = parts.codes;
  }

  claims(path: string): boolean {
    return Object.keys(this.#endpoints).some((known) => known.endsWith(` ${path}`));
  }

  async answer(exchange: Exchange): Promise<void> {
    const fields = await exchange.fields();
    if (exchange.struck('passport-reset')) {
      exchange.reset();
      return;
    }
    if (exchange.struck('passport-hang')) return exchange.hang();
    if (exchange.struck('passport-5xx')) {
      exchange.sendHtml(exchange.faultValue('passport-5xx'), '<html><body>Bad Gateway</body></html>');
      return;
    }
    await answerWith(
      exchange,
      () => {
        const endpoint = this.#endpoints[`${exchange.method} ${exchange.path}`];
        if (endpoint === undefined) throw new Refusal(980006);
        return endpoint(fields, exchange);
      },
      passportRefusal,
    );
  }

  #deviceCode(fields: URLSearchParams): unknown {
    const clientId = this.#knownApp(fields).clientId;
    const challenge = fields.get('code_challenge') ?? '';
    if (challenge === '') throw new Refusal(40140101);
    const method = fields.get('code_challenge_method');
    if (method !== 'sha256' && method !== 'sha1' && method !== 'md5') throw new Refusal(40140102);
    const { uid, time, sign } = this.#codes.create(clientId, challenge, method);
    return passportReply({ uid, time, qrcode: `http://115.com/scan/dg-${uid}`, sign });
  }

  async #status(fields: URLSearchParams, exchange: Exchange): Promise<unknown> {
    const gone = new AbortController();
    exchange.response.once('close', () => gone.abort());
    const { data } = await this.#codes.poll(fields, gone.signal);
    return passportReply(data);
  }

  #deviceToken(fields: URLSearchParams): unknown {
    const code: QrCode = this.#codes.redeem(fields.get('uid') ?? '', fields.get('code_verifier') ?? '');
    return passportReply(this.#logins.authorize(code.clientId));
  }

  #refresh(fields: URLSearchParams, exchange: Exchange): unknown {
    if (exchange.struck('refresh-too-often')) throw new Refusal(40140117);
    if (exchange.struck('refresh-error')) throw new Refusal(exchange.faultValue('refresh-error'));
    if (exchange.struck('refresh-error-text')) {
      return { ...passportRefusal(new Refusal(0, 'refresh token error')), message: '', errno: 0 };
    }
    const pair = this.#logins.refresh(fields.get('refresh_token') ?? '');
    if (exchange.struck('refresh-dropped-answer')) {
      exchange.reset();
      return;
    }
    return passportReply(pair);
  }

  #authorize(fields: URLSearchParams, exchange: Exchange): unknown {
    const { clientId } = this.#knownApp(fields);
    if (fields.get('response_type') !== 'code') throw new Refusal(40140127);
    const redirectUri = fields.get('redirect_uri') ?? '';
    if (!/^[a-z][a-z0-9+.-]*:/i.test(redirectUri)) throw new Refusal(40140128);
    if (!URL.canParse(redirectUri) || new URL(redirectUri).host === '') throw new Refusal(40140129);
    const code = randomBytes(16).toString('hex');
    this.#authorizations.set(code, { clientId, redirectUri });
    const target = new URL(redirectUri);
    target.searchParams.set('code', code);
    const state = fields.get('state');
    if (state !== null) target.searchParams.set('state', state);
    exchange.send(302, '', { location: target.href });
    return undefined;
  }

  #codeToken(fields: URLSearchParams): unknown {
    if (fields.get('grant_type') !== 'authorization_code') throw new Refusal(40140132);
    const app = this.#knownApp(fields);
    if (fields.get('client_secret') !== app.clientSecret) throw new Refusal(40140133);
    const code = fields.get('code') ?? '';
    const issued = this.#authorizations.get(code);
    if (issued === undefined) throw new Refusal(40140134);
    if (issued.clientId !== app.clientId) throw new Refusal(40140135);
    if (issued.redirectUri !== fields.get('redirect_uri')) throw new Refusal(40140136);
    this.#authorizations.delete(code);
    return passportReply(this.#logins.authorize(app.clientId));
  }

  #knownApp(fields: URLSearchParams): App {
    const clientId = fields.get('client_id') ?? '';
    if (clientId === '') throw new Refusal(40140100);
    const app = this.#apps.find((one) => one.clientId === clientId);
    if (app === undefined) throw new Refusal(40140106);
    return app;
  }
}
