import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { QrLoginEvent } from '../../../../src/driver/account.js';
import { FsError } from '../../../../src/lib/errors.js';
import { callOf } from '../../../fakes/calls.js';
import { settle } from '../../../fakes/fake-clock.js';
import { type AccountUnderTest, accountUnderTest } from './account-under-test.js';
import { type Answer, good, inTime, pair, refusal } from './scripted-cloud.js';

const CODE = '/open/authDeviceCode';
const STATUS = '/get/status/';
const TOKEN = '/open/deviceCodeToToken';
const USER = '/open/user/info';

function deviceCode(name: string): Answer {
  const data = { uid: name, time: 1772438400, qrcode: `http://115.com/scan/${name}`, sign: `sign-${name}` };
  return { json: { state: 1, code: 0, message: '', data, error: '', errno: 0 } };
}

function status(value: number | null, msg = '', state = 1): Answer {
  const data = value === null ? {} : { status: value, msg };
  return { json: { state, code: 0, message: '', data, error: '', errno: 0 } };
}

async function eventsOf({ env, account }: AccountUnderTest): Promise<readonly QrLoginEvent[]> {
  const events: QrLoginEvent[] = [];
  const run = async (): Promise<void> => {
    for await (const event of account.login.qr?.(callOf()) ?? []) events.push(event);
  };
  await inTime(env.clock, run());
  return events;
}

describe('115 Open login by QR code', () => {
  it('shows the code, tells of the scan and has the login on disk when done', async () => {
    const subject = accountUnderTest({ clientId: '100195123' });
    const { cloud, credentials, account } = subject;
    cloud.on(CODE, () => deviceCode('a')).on(TOKEN, () => pair('1'));
    cloud.inTurn(STATUS, status(null), status(1, 'confirm'), status(1, 'confirm'), status(2));
    assert.deepEqual(await eventsOf(subject), [
      { kind: 'qr', text: 'http://115.com/scan/a' },
      { kind: 'scanned', message: 'confirm' },
      { kind: 'done' },
    ]);
    assert.equal(credentials.stored?.['refreshToken'], 'refresh-1');
    assert.equal(account.health().login, 'ok');

    const verifier = cloud.asked.find((one) => one.path === TOKEN)?.form['code_verifier'] ?? '';
    assert.match(verifier, /^[\w-]{43,128}$/);
    assert.deepEqual(cloud.asked[0]?.form, {
      client_id: '100195123',
      code_challenge: createHash('sha256').update(verifier).digest('base64'),
      code_challenge_method: 'sha256',
    });
    const polled = cloud.asked.find((one) => one.path === STATUS);
    assert.deepEqual(polled?.query, { uid: 'a', time: '1772438400', sign: 'sign-a' });

    cloud.on(USER, () => good({ user_id: '1' }));
    await account.drive('0').connect(callOf());
    assert.equal(cloud.asked.at(-1)?.headers['Authorization'], 'Bearer access-1');
  });

  for (const [name, expired] of [
    ['state 0', status(null, '', 0)],
    ['status -1', status(-1)],
    ['its code', refusal(40199002, 'expired', 'login')],
    ['a refused sign', refusal(40140104, 'sign', 'login')],
  ] as const) {
    it(`replaces a code that has expired, told by ${name}`, async () => {
      const subject = accountUnderTest({ clientId: '100195123' });
      subject.cloud.inTurn(CODE, deviceCode('a'), deviceCode('b')).on(TOKEN, () => pair('1'));
      subject.cloud.on(STATUS, ({ query }) => (query['uid'] === 'a' ? expired : status(2)));
      assert.deepEqual(
        (await eventsOf(subject)).map((event) => (event.kind === 'qr' ? event.text : event.kind)),
        ['http://115.com/scan/a', 'expired', 'http://115.com/scan/b', 'done'],
      );
      const verifiers = subject.cloud.asked.filter((one) => one.path === CODE);
      assert.notEqual(verifiers[0]?.form['code_challenge'], verifiers[1]?.form['code_challenge']);
    });
  }

  it('ends with what was said when the person refuses', async () => {
    const subject = accountUnderTest({ clientId: '100195123' });
    subject.cloud.on(CODE, () => deviceCode('a')).on(STATUS, () => status(-2, '已取消'));
    await assert.rejects(
      eventsOf(subject),
      (error) => error instanceof FsError && error.errno === 'EACCES' && /已取消/.test(error.message),
    );
  });

  it('ends with the next step when the app id is wrong', async () => {
    const subject = accountUnderTest({ clientId: '1' });
    subject.cloud.on(CODE, () => refusal(40140107, '应用不存在', 'login'));
    await assert.rejects(
      eventsOf(subject),
      (error) => error instanceof FsError && /no app with this clientId.*应用不存在/.test(error.message),
    );
  });

  it('does not hammer a cloud that answers at once', async () => {
    const { env, cloud, account } = accountUnderTest({ clientId: '100195123' });
    cloud.on(CODE, () => deviceCode('a')).on(STATUS, () => status(0));
    const left = new AbortController();
    const events = account.login.qr?.(callOf('reader', left.signal))[Symbol.asyncIterator]();
    const first = await events?.next();
    assert.ok(first?.done === false && first.value.kind === 'qr');
    const waiting = events?.next();
    await env.clock.advance(30_000);
    assert.ok(cloud.count(STATUS) <= 31, String(cloud.count(STATUS)));
    const reason = new Error('enough');
    left.abort(reason);
    await assert.rejects(waiting ?? Promise.resolve(), reason);
  });

  it('goes on polling after a poll that nobody answered', async () => {
    const subject = accountUnderTest({ clientId: '100195123' });
    const { cloud } = subject;
    cloud.on(CODE, () => deviceCode('a')).on(TOKEN, () => pair('1'));
    let polls = 0;
    cloud.on(STATUS, () =>
      (polls += 1) <= 6 ? new FsError('ETIMEDOUT', 'no answer', { reason: 'network' }) : status(2),
    );
    assert.equal((await eventsOf(subject)).at(-1)?.kind, 'done');
  });

  it('wins over the token in the configuration', async () => {
    const subject = accountUnderTest({ clientId: '100195123', refreshToken: 'old' });
    subject.cloud
      .on(CODE, () => deviceCode('a'))
      .on(STATUS, () => status(2))
      .on(TOKEN, () => pair('1'));
    await eventsOf(subject);
    await subject.account.reload();
    subject.cloud.on(USER, () => good({ user_id: '1' }));
    await subject.account.drive('0').connect(callOf());
    assert.equal(subject.cloud.asked.at(-1)?.headers['Authorization'], 'Bearer access-1');
  });

  it('cures a lost login', async () => {
    const subject = accountUnderTest({ clientId: '100195123', refreshToken: 'old' });
    const { cloud, account } = subject;
    cloud.on('/open/refreshToken', () => refusal(40140116, 'no auth', 'login'));
    await assert.rejects(account.drive('0').connect(callOf()));
    assert.equal(account.health().login, 'lost');
    cloud
      .on(CODE, () => deviceCode('a'))
      .on(STATUS, () => status(2))
      .on(TOKEN, () => pair('1'));
    await eventsOf(subject);
    await settle();
    assert.equal(account.health().login, 'ok');
  });
});

describe('115 Open login by authorization code', () => {
  const app = { clientId: '100195123', clientSecret: 'secret' };

  it('names the page of consent and stores the login that its code is worth', async () => {
    const { cloud, credentials, account } = accountUnderTest(app);
    const { code } = account.login;
    const page = new URL(code?.authorizeUrl('http://127.0.0.1:1/back', 'state 1') ?? '');
    assert.equal(page.origin + page.pathname, 'https://passportapi.115.com/open/authorize');
    assert.deepEqual(Object.fromEntries(page.searchParams), {
      client_id: '100195123',
      redirect_uri: 'http://127.0.0.1:1/back',
      response_type: 'code',
      state: 'state 1',
    });
    cloud.on('/open/authCodeToToken', () => pair('1'));
    await code?.exchange('the-code', 'http://127.0.0.1:1/back', callOf());
    assert.deepEqual(cloud.asked[0]?.form, {
      client_id: '100195123',
      client_secret: 'secret',
      code: 'the-code',
      redirect_uri: 'http://127.0.0.1:1/back',
      grant_type: 'authorization_code',
    });
    assert.equal(credentials.stored?.['refreshToken'], 'refresh-1');
    assert.equal(account.health().login, 'ok');
  });

  it('says what is wrong when the code is refused, and stores nothing', async () => {
    const { cloud, credentials, account } = accountUnderTest(app);
    cloud.on('/open/authCodeToToken', () => refusal(40140134, 'x', 'login'));
    await assert.rejects(
      account.login.code?.exchange('old', 'http://x', callOf()) ?? Promise.resolve(),
      (error) => error instanceof FsError && /begin the login again/.test(error.message),
    );
    assert.equal(credentials.stored, null);
  });

  it('is offered with the secret only, the QR code with an app id only', () => {
    assert.deepEqual(Object.keys(accountUnderTest(app).account.login).sort(), ['code', 'qr']);
    assert.deepEqual(Object.keys(accountUnderTest({ clientId: '1' }).account.login), ['qr']);
    assert.deepEqual(Object.keys(accountUnderTest({ refreshToken: 'r' }).account.login), []);
  });
});
