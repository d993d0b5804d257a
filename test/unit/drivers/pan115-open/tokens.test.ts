import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { judge } from '../../../../src/drivers/pan115-open/judge.js';
import { Passport } from '../../../../src/drivers/pan115-open/passport.js';
import { type PastedTokens, StoredLogin } from '../../../../src/drivers/pan115-open/stored-login.js';
import { Tokens } from '../../../../src/drivers/pan115-open/tokens.js';
import type { Credentials } from '../../../../src/driver/credential-store.js';
import { FsError } from '../../../../src/lib/errors.js';
import { ApiClient } from '../../../../src/net/api-client.js';
import { Pacer } from '../../../../src/net/pacer.js';
import { callOf } from '../../../fakes/calls.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';
import { settle } from '../../../fakes/fake-clock.js';
import { type Answer, FakeCredentials, ScriptedCloud, inTime, pair, refusal } from './scripted-cloud.js';

const RENEW = '/open/refreshToken';
const HOUR = 3_600_000;

interface Setup {
  readonly env: FakeEnv;
  readonly cloud: ScriptedCloud;
  readonly credentials: FakeCredentials;
  readonly tokens: Tokens;
}

function setup(
  options: { stored?: Credentials | null; pasted?: PastedTokens; renewUrl?: string; env?: FakeEnv } = {},
): Setup {
  const env = options.env ?? fakeEnv();
  const cloud = new ScriptedCloud();
  const credentials = new FakeCredentials(options.stored ?? null);
  const counters = { load: () => Promise.resolve(null), save: () => Promise.resolve() };
  const pacer = new Pacer(env, 'main', counters, { perSecond: 1, burst: 1, perDay: 10 });
  const client = new ApiClient(env, {
    transport: cloud,
    pacer,
    judge: (reply, request) => judge(reply, request, env.clock.now()),
  });
  const { renewUrl } = options;
  const passport = new Passport(client, { passport: 'https://p', qrcode: 'https://q', renewUrl }, 'test');
  const stored = new StoredLogin(credentials, 'main', options.pasted ?? {});
  const tokens = new Tokens(env, 'main', passport, stored, 'Log in again: panfuse login main');
  return { env, cloud, credentials, tokens };
}

/** A login that was stored, good for `life` more milliseconds of two hours. */
function storedLogin(env: FakeEnv, name: string, life: number, pasted = ''): Credentials {
  const expiresAt = env.clock.now() + life;
  return {
    accessToken: `access-${name}`,
    refreshToken: `refresh-${name}`,
    obtainedAt: expiresAt - 2 * HOUR,
    expiresAt,
    pasted,
  };
}

const bearer = (name: string): Readonly<Record<string, string>> => ({
  Authorization: `Bearer access-${name}`,
});
const lostAnswer = new FsError('EIO', 'the connection was cut', { reason: 'network' });

async function fails(work: Promise<unknown>): Promise<FsError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof FsError, String(error));
    return error;
  }
  assert.fail('did not reject');
}

describe('115 Open tokens', () => {
  it('uses a stored login without asking', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', HOUR) });
    assert.deepEqual(await tokens.headers(callOf()), bearer('a'));
    assert.equal(cloud.asked.length, 0);
    assert.equal(tokens.health().login, 'unknown');
    tokens.proved();
    assert.equal(tokens.health().login, 'ok');
  });

  it('begins with a pasted refresh token alone', async () => {
    const { env, cloud, credentials, tokens } = setup({ pasted: { refreshToken: 'refresh-0' } });
    cloud.on(RENEW, () => pair('1'));
    assert.deepEqual(await tokens.headers(callOf()), bearer('1'));
    assert.deepEqual(cloud.asked[0]?.form, { refresh_token: 'refresh-0' });
    assert.equal(cloud.asked[0].headers['Authorization'], undefined);
    assert.equal(credentials.stored?.['refreshToken'], 'refresh-1');
    assert.equal(credentials.stored['expiresAt'], env.clock.now() + 2 * HOUR);
  });

  it('prefers the stored pair to the pasted token that it grew from, and another pasted token to it', async () => {
    const env = fakeEnv();
    const grownFrom = createHash('sha256').update('refresh-0').digest('hex');
    const stored = storedLogin(env, 'a', HOUR, grownFrom);
    const same = setup({ env, stored, pasted: { refreshToken: 'refresh-0' } });
    assert.deepEqual(await same.tokens.headers(callOf()), bearer('a'));

    const other = setup({ env, stored, pasted: { refreshToken: 'refresh-9' } });
    other.cloud.on(RENEW, () => pair('10'));
    assert.deepEqual(await other.tokens.headers(callOf()), bearer('10'));
    assert.deepEqual(other.cloud.asked[0]?.form, { refresh_token: 'refresh-9' });

    const again = setup({ env, stored: other.credentials.stored, pasted: { refreshToken: 'refresh-9' } });
    assert.deepEqual(await again.tokens.headers(callOf()), bearer('10'));
    assert.equal(again.cloud.asked.length, 0);
  });

  it('renews once for twenty calls that find it expired', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.on(RENEW, () => pair('b'));
    const headers = await Promise.all(Array.from({ length: 20 }, () => tokens.headers(callOf())));
    assert.deepEqual(new Set(headers.map((one) => one['Authorization'])), new Set(['Bearer access-b']));
    assert.equal(cloud.count(RENEW), 1);
  });

  it('renews once for twenty calls that the cloud refused', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', HOUR) });
    cloud.on(RENEW, () => pair('b'));
    const refused = await tokens.headers(callOf());
    await Promise.all(Array.from({ length: 20 }, () => tokens.renew(refused, callOf())));
    assert.equal(cloud.count(RENEW), 1);
    await tokens.renew(refused, callOf());
    assert.equal(cloud.count(RENEW), 1, 'somebody already has');
    assert.deepEqual(await tokens.headers(callOf()), bearer('b'));
  });

  for (const [life, before, after] of [
    [7200, 2 * HOUR - 301_000, 2 * HOUR - 299_000],
    [60, 53_000, 55_000],
  ] as const) {
    it(`renews a login of ${life} s ahead of its end`, async () => {
      const { env, cloud, tokens } = setup({ pasted: { refreshToken: 'refresh-0' } });
      cloud.inTurn(RENEW, pair('1', life), pair('2', life));
      await tokens.headers(callOf());
      tokens.proved();
      await env.clock.advance(before);
      assert.deepEqual(await tokens.headers(callOf()), bearer('1'));
      await env.clock.advance(after - before);
      assert.deepEqual(await tokens.headers(callOf()), bearer('2'));
    });
  }

  it('goes on with a token that is still good when renewing it ahead fails', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', 60_000) });
    cloud.on(RENEW, () => refusal(40140117, 'too often', 'login'));
    for (let turn = 0; turn < 3; turn += 1) {
      assert.deepEqual(await tokens.headers(callOf()), bearer('a'));
      tokens.proved();
    }
    assert.equal(cloud.count(RENEW), 1);
    assert.equal(env.log.lines.filter((line) => line.level === 'warn').length, 1);
    await env.clock.advance(61_000);
    const error = await fails(tokens.headers(callOf()));
    assert.deepEqual([error.errno, error.reason], ['ETIMEDOUT', 'throttle']);
    assert.match(error.message, /too often, code 40140117/);
  });

  it('backs off for doubling minutes when it renews too often', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.on(RENEW, () => refusal(40140117, 'too often', 'login'));
    const start = env.clock.now();
    await fails(tokens.headers(callOf()));
    assert.equal(tokens.health().throttle?.until, start + 120_000);
    for (let minute = 0; minute < 60; minute += 1) {
      await fails(tokens.headers(callOf()));
      await env.clock.advance(60_000);
    }
    // At 0, 2, 6, 14, 30 and 60 minutes.
    assert.equal(cloud.count(RENEW), 5);
    cloud.on(RENEW, () => pair('b'));
    await env.clock.advance(60_000);
    assert.deepEqual(await tokens.headers(callOf()), bearer('b'));
    assert.equal(tokens.health().throttle, null);
  });

  for (const code of [40140121, 40110000]) {
    it(`tries ${code} again with growing pauses, four times at most`, async () => {
      const env = fakeEnv();
      const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
      const asked: number[] = [];
      cloud.on(RENEW, () => {
        asked.push(env.clock.now());
        return asked.length === 7 ? pair('b') : refusal(code, 'x', 'login');
      });
      await fails(inTime(env.clock, tokens.headers(callOf())));
      assert.equal(asked.length, 4);
      const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
      assert.ok(
        pauses.every((pause, index) => pause >= 1000 * 2 ** index),
        pauses.join(', '),
      );
      await env.clock.advance(10_000);
      assert.deepEqual(await inTime(env.clock, tokens.headers(callOf())), bearer('b'));
    });
  }

  for (const [code, words] of [
    [40140116, /third login of the same app .* device list/],
    [40140119, /has expired/],
    [40140120, /used elsewhere/],
  ] as const) {
    it(`stops for good at ${code}, in words, until a person has logged in`, async () => {
      const env = fakeEnv();
      const { cloud, credentials, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
      cloud.on(RENEW, () => refusal(code, 'no auth', 'login'));
      const error = await fails(tokens.headers(callOf()));
      assert.deepEqual([error.errno, error.reason], ['EACCES', 'login']);
      assert.match(error.message, words);
      assert.match(error.message, /panfuse login main$/);
      assert.deepEqual(tokens.health(), { login: 'lost', message: error.message, throttle: null });

      await env.clock.advance(24 * HOUR);
      assert.equal(await fails(tokens.headers(callOf())), error);
      assert.equal(cloud.count(RENEW), 1);
      assert.equal(env.log.lines.filter((line) => line.level === 'error').length, 1);

      credentials.stored = storedLogin(env, 'new', HOUR);
      await tokens.reload();
      assert.deepEqual(await tokens.headers(callOf()), bearer('new'));
    });
  }

  it('loses the login for the refusal that comes without a code', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    const json = { state: 1, code: 0, message: '', data: {}, error: 'refresh token error', errno: 0 };
    cloud.on(RENEW, () => ({ json }));
    assert.match((await fails(tokens.headers(callOf()))).message, /refresh token error.*panfuse login main$/);
    assert.equal(cloud.count(RENEW), 1);
  });

  it('takes the token that another process has stored meanwhile', async () => {
    const env = fakeEnv();
    const { cloud, credentials, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.on(RENEW, () => {
      credentials.stored = storedLogin(env, 'elsewhere', HOUR);
      return refusal(40140120, 'x', 'login');
    });
    assert.deepEqual(await tokens.headers(callOf()), bearer('elsewhere'));
    assert.equal(cloud.count(RENEW), 1);
    assert.equal(tokens.health().message, null);
  });

  it('renews the token of another process once, and is lost when that is refused too', async () => {
    const env = fakeEnv();
    const { cloud, credentials, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.on(RENEW, (asked) => {
      if (asked.form['refresh_token'] === 'refresh-old') return pair('b');
      credentials.stored = storedLogin(env, 'old', -1);
      return refusal(40140116, 'x', 'login');
    });
    assert.deepEqual(await tokens.headers(callOf()), bearer('b'));

    cloud.on(RENEW, (asked) => {
      if (asked.form['refresh_token'] === 'refresh-b') credentials.stored = storedLogin(env, 'older', -1);
      return refusal(40140116, 'x', 'login');
    });
    tokens.proved();
    const error = await fails(tokens.renew(bearer('b'), callOf()));
    assert.equal(error.reason, 'login');
    assert.equal(cloud.count(RENEW), 4);
    await fails(tokens.headers(callOf()));
    assert.equal(cloud.count(RENEW), 4);
  });

  it('asks once more after a lost answer, and works when the cloud had not seen the question', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.inTurn(RENEW, lostAnswer, pair('b'));
    assert.deepEqual(await inTime(env.clock, tokens.headers(callOf())), bearer('b'));
  });

  it('says to log in again when the lost answer held the new pair, and never loops', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.inTurn(RENEW, lostAnswer, refusal(40140120, 'x', 'login'));
    const error = await fails(inTime(env.clock, tokens.headers(callOf())));
    assert.match(error.message, /the answer to a renewal was lost.*panfuse login main$/);
    await fails(tokens.headers(callOf()));
    assert.equal(cloud.count(RENEW), 2);
  });

  it('tries again some seconds after the network was away', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.on(RENEW, () => lostAnswer);
    const error = await fails(inTime(env.clock, tokens.headers(callOf())));
    assert.equal(error.reason, 'network');
    await Promise.all(Array.from({ length: 20 }, () => fails(tokens.headers(callOf()))));
    assert.equal(cloud.count(RENEW), 2);
    assert.notEqual(tokens.health().login, 'lost');
    cloud.on(RENEW, () => pair('b'));
    await env.clock.advance(10_000);
    assert.deepEqual(await tokens.headers(callOf()), bearer('b'));
  });

  it('has the new pair on disk before it is used', async () => {
    const env = fakeEnv();
    const { cloud, credentials, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.on(RENEW, () => pair('b'));
    credentials.fail = new FsError('ENOSPC', 'the disk is full');
    const error = await fails(tokens.headers(callOf()));
    assert.equal(error.errno, 'ENOSPC');
    credentials.fail = null;
    await env.clock.advance(10_000);
    assert.deepEqual(await tokens.headers(callOf()), bearer('b'));
    assert.equal(credentials.stored?.['refreshToken'], 'refresh-b');
    assert.equal(cloud.count(RENEW), 1, 'the pair that could not be stored is not thrown away');
  });

  it('stores at its end a pair that could not be stored before', async () => {
    const env = fakeEnv();
    const { cloud, credentials, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.on(RENEW, () => pair('b'));
    credentials.fail = new FsError('ENOSPC', 'the disk is full');
    await fails(tokens.headers(callOf()));
    credentials.fail = null;
    await tokens.close();
    assert.equal(credentials.stored?.['refreshToken'], 'refresh-b');
  });

  for (const [point, expected] of [
    ['token:before-refresh', { stored: 'refresh-a', asked: 0, next: 'works' }],
    ['token:answered', { stored: 'refresh-a', asked: 1, next: 'lost' }],
    ['token:saved', { stored: 'refresh-b', asked: 1, next: 'works' }],
  ] as const) {
    it(`leaves the new pair or one clear word after a crash at ${point}`, async () => {
      const stopped = new Promise<never>(() => undefined);
      const env: FakeEnv = {
        ...fakeEnv(),
        checkpoint: (name) => (name === point ? stopped : Promise.resolve()),
      };
      const crashed = setup({ env, stored: storedLogin(env, 'a', -1) });
      crashed.cloud.on(RENEW, () => pair('b'));
      const left = new AbortController();
      const waiting = fails(crashed.tokens.headers(callOf('reader', left.signal)));
      await settle();
      left.abort(new FsError('EINTR', 'killed'));
      await waiting;
      assert.equal(crashed.credentials.stored?.['refreshToken'], expected.stored);
      assert.equal(crashed.cloud.count(RENEW), expected.asked);

      const restarted = setup({ stored: crashed.credentials.stored });
      const known = expected.asked === 0 ? 'refresh-a' : 'refresh-b';
      restarted.cloud.on(RENEW, ({ form }): Answer => {
        return form['refresh_token'] === known ? pair('c') : refusal(40140120, 'x', 'login');
      });
      await restarted.env.clock.advance(3 * HOUR);
      if (expected.next === 'works') {
        assert.deepEqual(await restarted.tokens.headers(callOf()), bearer('c'));
        return;
      }
      for (let turn = 0; turn < 3; turn += 1) {
        assert.match((await fails(restarted.tokens.headers(callOf()))).message, /panfuse login main$/);
      }
      assert.equal(restarted.cloud.count(RENEW), 1);
    });
  }

  it('finishes a renewal although everybody who waited for it has left', async () => {
    const env = fakeEnv();
    const { cloud, credentials, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    let answer: (value: Answer) => void = () => undefined;
    cloud.on(RENEW, () => new Promise<Answer>((resolve) => (answer = resolve)));
    const left = new AbortController();
    const waiting = tokens.headers(callOf('reader', left.signal));
    await settle();
    const reason = new Error('nobody waits');
    left.abort(reason);
    await assert.rejects(waiting, reason);
    const closed = tokens.close();
    answer(pair('b'));
    await closed;
    assert.equal(credentials.stored?.['refreshToken'], 'refresh-b');
    assert.deepEqual(await tokens.headers(callOf()), bearer('b'));
    assert.equal(cloud.count(RENEW), 1);
  });

  it('does not renew in circles when a new token is refused too', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', HOUR) });
    let renewals = 0;
    cloud.on(RENEW, () => pair(`new${(renewals += 1)}`));
    for (let turn = 0; turn < 100; turn += 1) {
      try {
        await tokens.renew(await tokens.headers(callOf()), callOf());
      } catch (error) {
        assert.ok(error instanceof FsError && error.reason === 'login', String(error));
      }
      await env.clock.advance(1000);
    }
    assert.equal(renewals, 1);
    assert.equal(tokens.health().login, 'lost');
    await env.clock.advance(120_000);
    await tokens.headers(callOf());
    tokens.proved();
    assert.equal(tokens.health().login, 'ok');
  });

  it('says once what to do when there is no login at all', async () => {
    const { env, tokens } = setup();
    const [error] = await Promise.all(Array.from({ length: 20 }, () => fails(tokens.headers(callOf()))));
    assert.ok(error !== undefined);
    assert.equal(env.log.lines.length, 1);
    assert.equal(error.message, 'account main: there is no login yet. Log in again: panfuse login main');
  });

  it('uses a pasted access token until it is refused', async () => {
    const { cloud, tokens } = setup({ pasted: { accessToken: 'access-x' } });
    assert.deepEqual(await tokens.headers(callOf()), bearer('x'));
    const error = await fails(tokens.renew(bearer('x'), callOf()));
    assert.match(error.message, /there is no refresh token.*panfuse login main$/);
    assert.equal(cloud.asked.length, 0);
  });

  it('loses the login in words when it is refused and what is stored cannot be read', async () => {
    const env = fakeEnv();
    const { cloud, credentials, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.on(RENEW, () => {
      credentials.stored = { refreshToken: 7 };
      return refusal(40140120, 'x', 'login');
    });
    assert.match(
      (await fails(tokens.headers(callOf()))).message,
      /used elsewhere.*the stored login is damaged/,
    );
    await fails(tokens.headers(callOf()));
    assert.equal(cloud.count(RENEW), 1);
  });

  it('says that a damaged stored login needs a new one', async () => {
    const { tokens } = setup({ stored: { refreshToken: 7 } });
    const error = await fails(tokens.headers(callOf()));
    assert.deepEqual([error.errno, error.reason], ['EACCES', 'login']);
    assert.match(error.message, /the stored login is damaged.*panfuse login main$/);
  });

  it('renews at the configured address, which may answer without an envelope', async () => {
    const { cloud, tokens } = setup({
      pasted: { refreshToken: 'refresh-0' },
      renewUrl: 'https://renew.example/115?app=1',
    });
    cloud.on('/115', () => ({
      json: { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 7200 },
    }));
    assert.deepEqual(await tokens.headers(callOf()), bearer('1'));
    assert.deepEqual(cloud.asked[0]?.query, { app: '1' });
    assert.equal(cloud.asked[0].method, 'POST');
  });

  it('keeps tokens out of the log', async () => {
    const env = fakeEnv();
    const { cloud, tokens } = setup({ env, stored: storedLogin(env, 'a', -1) });
    cloud.inTurn(RENEW, lostAnswer, pair('b'), refusal(40140116, 'x', 'login'));
    await inTime(env.clock, tokens.headers(callOf()));
    tokens.proved();
    await fails(tokens.renew(bearer('b'), callOf()));
    assert.doesNotMatch(JSON.stringify(env.log.lines), /(access|refresh)-[ab]/);
  });
});
