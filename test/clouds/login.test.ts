import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, OpenClient } from './open-client.js';
import { send, type PlainResponse } from './plain-http.js';
import { startCloud, type CloudProcess } from './process.js';

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM=';
const LOGGED_IN = { state: 1, code: 0, message: '', error: '', errno: 0 };

interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

interface DeviceCode {
  readonly uid: string;
  readonly time: number;
  readonly sign: string;
}

describe('emulated 115 Open, login', () => {
  let cloud: CloudProcess;

  before(async () => {
    cloud = await startCloud({ library: 'small', settings: { qrPoll: 60 } });
  });

  after(() => cloud.stop());

  const passport = (path: string, form: Readonly<Record<string, string>>): Promise<PlainResponse> =>
    send(`${cloud.url}/open/${path}`, { form });

  const begin = async (challenge = CHALLENGE, method = 'sha256'): Promise<DeviceCode> => {
    const form = {
      client_id: cloud.login.clientId,
      code_challenge: challenge,
      code_challenge_method: method,
    };
    return (await passport('authDeviceCode', form)).json()['data'] as DeviceCode;
  };

  const poll = ({ uid, time, sign }: DeviceCode): Promise<PlainResponse> =>
    send(`${cloud.url}/get/status/?uid=${uid}&time=${time}&sign=${sign}`);

  const redeem = (code: DeviceCode, verifier = VERIFIER): Promise<PlainResponse> =>
    passport('deviceCodeToToken', { uid: code.uid, code_verifier: verifier });

  const freshPair = async (): Promise<Pair> => cloud.newLogin();

  const refresh = (token: string): Promise<PlainResponse> =>
    passport('refreshToken', { refresh_token: token });

  const pairOf = (reply: PlainResponse): Pair => reply.json()['data'] as Pair;

  const accessCode = async (token: string): Promise<unknown> => {
    const client = new OpenClient(cloud);
    client.accessToken = token;
    return codeOf(await client.get('/open/user/info'));
  };

  it('goes by QR code from the first poll to tokens that work, once', async () => {
    const code = await begin();
    assert.deepEqual((await poll(code)).json(), { ...LOGGED_IN, data: {} });
    await cloud.actOnQr('scan', code.uid);
    assert.equal(((await poll(code)).json()['data'] as { status: number }).status, 1);
    assert.equal(codeOf(await redeem(code)), 40110000);
    await cloud.actOnQr('confirm', code.uid);
    assert.equal(((await poll(code)).json()['data'] as { status: number }).status, 2);
    const pair = pairOf(await redeem(code));
    assert.equal(pair.expires_in, 7200);
    assert.equal(await accessCode(pair.access_token), 0);
    assert.equal(codeOf(await redeem(code)), 40199002);
  });

  it('holds a poll until something happens', async () => {
    await cloud.changeProfile({ qrPoll: 30_000 });
    const code = await begin();
    const waiting = poll(code);
    await delay(100);
    await cloud.actOnQr('cancel', code.uid);
    assert.equal(((await waiting).json()['data'] as { status: number }).status, -2);
    await cloud.changeProfile({ qrPoll: 60 });
  });

  it('ends a QR code after its time', async () => {
    const code = await begin();
    await cloud.advanceClock(301_000);
    assert.deepEqual([(await poll(code)).json()['state'], codeOf(await redeem(code))], [0, 40199002]);
  });

  for (const method of ['sha256', 'sha1', 'md5'] as const) {
    it(`accepts a ${method} challenge in both alphabets, padded or not`, async () => {
      const standard = createHash(method).update(VERIFIER).digest('base64');
      const safe = standard.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
      for (const challenge of [standard, safe]) {
        const code = await begin(challenge, method);
        await cloud.actOnQr('confirm', code.uid);
        assert.equal(codeOf(await redeem(code)), 0, challenge);
      }
    });
  }

  it('refuses what the document says it refuses', async () => {
    const device = {
      client_id: cloud.login.clientId,
      code_challenge: CHALLENGE,
      code_challenge_method: 'sha256',
    };
    const codes = await Promise.all([
      passport('authDeviceCode', { ...device, client_id: '1' }),
      passport('authDeviceCode', { ...device, code_challenge: '' }),
      passport('authDeviceCode', { ...device, code_challenge_method: 'plain' }),
      redeem(await begin(), 'short'),
      redeem(await begin(), 'x'.repeat(129)),
      redeem(await begin(), 'x'.repeat(43)),
      poll({ ...(await begin()), sign: 'wrong' }),
      refresh('nonsense'),
      refresh('1a9.some.token'),
    ]);
    assert.deepEqual(
      codes.map(codeOf),
      [40140106, 40140101, 40140102, 40140112, 40140112, 40140113, 40140104, 40140114, 40140115],
    );
    assert.deepEqual(codes[0].json()['data'], {});
    assert.equal(codes[0].status, 200);
  });

  it('rotates both tokens and voids the old ones', async () => {
    const old = await freshPair();
    const renewed = pairOf(await refresh(old.refresh_token));
    assert.equal(await accessCode(renewed.access_token), 0);
    assert.equal(await accessCode(old.access_token), 40140125);
    assert.equal(codeOf(await refresh(old.refresh_token)), 40140120);
    assert.equal(codeOf(await refresh(renewed.refresh_token)), 0);
  });

  it('ends the oldest of three logins of one app', async () => {
    const [first, second, third] = [await freshPair(), await freshPair(), await freshPair()];
    const lost = await refresh(first.refresh_token);
    assert.deepEqual([codeOf(lost), lost.json()['message']], [40140116, 'no auth']);
    assert.equal(await accessCode(first.access_token), 40140125);
    assert.deepEqual(
      [codeOf(await refresh(second.refresh_token)), codeOf(await refresh(third.refresh_token))],
      [0, 0],
    );
  });

  it('does not extend the year by refreshing', async () => {
    const first = await freshPair();
    await cloud.advanceClock(200 * 86_400_000);
    const second = pairOf(await refresh(first.refresh_token));
    await cloud.advanceClock(200 * 86_400_000);
    assert.equal(codeOf(await refresh(second.refresh_token)), 40140119);
  });

  it('refuses an expired access token, and a revoked login for good', async () => {
    const pair = await freshPair();
    await cloud.advanceClock(7_201_000);
    assert.equal(await accessCode(pair.access_token), 40140125);
    await cloud.endTokens('revoke');
    assert.equal(codeOf(await refresh(pair.refresh_token)), 40140116);
  });

  it('drops the answer of a refresh that it carried out', async () => {
    const pair = await freshPair();
    await cloud.fault('refresh-dropped-answer', { count: 1 });
    await assert.rejects(refresh(pair.refresh_token), { code: 'ECONNRESET' });
    assert.equal(codeOf(await refresh(pair.refresh_token)), 40140120);
    assert.equal(await cloud.fired('refresh-dropped-answer'), 1);
  });

  it('limits refreshes per minute when told to', async () => {
    await cloud.changeProfile({ refreshesPerMinute: 1 });
    await cloud.advanceClock(60_000);
    const pair = await freshPair();
    const renewed = pairOf(await refresh(pair.refresh_token));
    assert.equal(codeOf(await refresh(renewed.refresh_token)), 40140117);
    await cloud.advanceClock(61_000);
    assert.equal(codeOf(await refresh(renewed.refresh_token)), 0);
    await cloud.changeProfile({ refreshesPerMinute: null });
  });

  it('gives tokens for an authorization code, once', async () => {
    const { clientId, clientSecret } = cloud.login;
    const redirect = 'https://panfuse.example/back';
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirect,
      response_type: 'code',
      state: 'x',
    });
    const found = await send(`${cloud.url}/open/authorize?${query.toString()}`);
    const target = new URL(found.headers.location ?? '');
    assert.deepEqual(
      [found.status, target.origin, target.searchParams.get('state')],
      [302, 'https://panfuse.example', 'x'],
    );
    const form = {
      client_id: clientId,
      client_secret: clientSecret,
      code: target.searchParams.get('code') ?? '',
      redirect_uri: redirect,
      grant_type: 'authorization_code',
    };
    assert.equal(codeOf(await passport('authCodeToToken', { ...form, client_secret: 'wrong' })), 40140133);
    assert.equal(
      codeOf(await passport('authCodeToToken', { ...form, redirect_uri: 'https://other.example/' })),
      40140136,
    );
    assert.equal(await accessCode(pairOf(await passport('authCodeToToken', form)).access_token), 0);
    assert.equal(codeOf(await passport('authCodeToToken', form)), 40140134);
  });

  it('asks resource calls for a bearer token', async () => {
    const reply = await send(`${cloud.url}/open/user/info`);
    assert.deepEqual([reply.status, reply.json()['code'], reply.json()['data']], [200, 40140123, []]);
  });
});
