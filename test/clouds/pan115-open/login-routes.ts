import type { ControlInput, ControlRoute } from '../house/control.js';
import type { CallLimits } from './call-limits.js';
import type { Links } from './links.js';
import type { Logins } from './logins.js';
import type { QrCodes } from './qr-codes.js';

export interface LoginRouteParts {
  readonly clientId: string;
  readonly logins: Logins;
  readonly codes: QrCodes;
  readonly limits: CallLimits;
  readonly links: Links;
}

/** What the control path can do with logins, QR codes, limits and links. */
export function loginRoutes({ clientId, logins, codes, limits, links }: LoginRouteParts): ControlRoute[] {
  return [
    { method: 'GET', path: 'qr', run: () => codes.list() },
    { method: 'POST', path: 'qr/:name', run: ({ query, body }) => actOnQr(codes, query.get('name'), body) },
    { method: 'GET', path: 'tokens', run: () => logins.list() },
    { method: 'POST', path: 'tokens/login', run: () => logins.authorize(clientId) },
    {
      method: 'POST',
      path: 'tokens/:name',
      run: ({ query, body }) => endTokens(logins, query.get('name'), body),
    },
    { method: 'POST', path: 'limits/reset', run: () => limits.reset() },
    { method: 'POST', path: 'links/revoke', run: () => links.revokeAll() },
  ];
}

function actOnQr(codes: QrCodes, action: string | null, body: ControlInput['body']): unknown {
  const steps = { scan: 'scanned', confirm: 'confirmed', cancel: 'cancelled' } as const;
  if (action !== 'scan' && action !== 'confirm' && action !== 'cancel')
    throw new RangeError('scan, confirm, cancel');
  const uid = body['uid'];
  return codes.act(steps[action], typeof uid === 'string' ? uid : null);
}

function endTokens(logins: Logins, action: string | null, body: ControlInput['body']): void {
  const what = { 'expire-access': 'access', 'expire-refresh': 'refresh', revoke: 'authorization' } as const;
  if (action !== 'expire-access' && action !== 'expire-refresh' && action !== 'revoke') {
    throw new RangeError(`${Object.keys(what).join(', ')} or login`);
  }
  logins.end(what[action], typeof body['login'] === 'number' ? body['login'] : null);
}
