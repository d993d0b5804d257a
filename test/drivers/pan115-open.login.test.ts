import assert from 'node:assert/strict';
import type { QrLoginEvent } from '../../src/driver/account.js';
import { FsError } from '../../src/lib/errors.js';
import { callOf } from '../fakes/calls.js';
import { type EmulatedAccount, emulatedAccount, logInByQr } from './pan115-open-subject.js';

const TWO_HOURS = 7_200_000;

async function fails(work: Promise<unknown>): Promise<FsError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof FsError, String(error));
    return error;
  }
  assert.fail('did not reject');
}

describe('115 Open login on the emulated cloud', () => {
  let emulated: EmulatedAccount;

  beforeEach(async () => {
    emulated = await emulatedAccount();
  });
  afterEach(() => emulated.close());

  const refreshes = async (): Promise<number> => {
    const log = await emulated.cloud.log();
    return log.filter((entry) => entry.path.startsWith('/open/refreshToken')).length;
  };
  const connect = () => emulated.account.drive('0').connect(callOf());

  it('begins with a refresh token alone and renews it when it ends', async () => {
    const { cloud, clock, account, stored } = emulated;
    await connect();
    const first = stored();
    assert.ok(first !== null);
    assert.notEqual(first['refreshToken'], cloud.login.refreshToken);

    clock.advance(TWO_HOURS);
    await cloud.advanceClock(TWO_HOURS);
    await Promise.all(Array.from({ length: 20 }, connect));
    assert.notEqual(stored()?.['refreshToken'], first['refreshToken']);
    assert.equal(await refreshes(), 2);
    assert.equal(account.health().login, 'ok');
  });

  it('renews once for many calls that the cloud refuses before their time', async () => {
    const { cloud } = emulated;
    await connect();
    await cloud.endTokens('expire-access');
    await Promise.all(Array.from({ length: 20 }, connect));
    assert.equal(await refreshes(), 2);
  });

  it('logs in by QR code, which wins over the pasted token for good', async () => {
    const { cloud, another, stored } = emulated;
    assert.deepEqual(await logInByQr(cloud, another()), ['qr', 'scanned', 'done']);
    const token = stored()?.['refreshToken'];
    await another().drive('0').connect(callOf());
    assert.equal(stored()?.['refreshToken'], token);
    assert.equal(await refreshes(), 0);
  });

  it('shows a new QR code when one has expired', async () => {
    const { cloud, account } = emulated;
    const events: QrLoginEvent[] = [];
    for await (const event of account.login.qr?.(callOf()) ?? []) {
      events.push(event);
      if (events.length === 1) await cloud.advanceClock(600_000);
      else if (event.kind === 'qr') await cloud.actOnQr('confirm');
    }
    assert.deepEqual(
      events.map((event) => event.kind),
      ['qr', 'expired', 'qr', 'done'],
    );
  });

  it('ends the login by QR code when the person cancels it', async () => {
    const { cloud, account } = emulated;
    const cancelled = async (): Promise<void> => {
      for await (const event of account.login.qr?.(callOf()) ?? []) {
        if (event.kind === 'qr') await cloud.actOnQr('cancel');
      }
    };
    const error = await fails(cancelled());
    assert.deepEqual([error.errno, error.reason], ['EACCES', 'refused']);
  });

  it('logs in by authorization code', async () => {
    const { cloud, another, stored } = emulated;
    const { code } = another({ clientSecret: cloud.login.clientSecret }).login;
    const redirect = 'http://127.0.0.1:9/back';
    const page = await fetch(code?.authorizeUrl(redirect, 'my-state') ?? '', { redirect: 'manual' });
    const back = new URL(page.headers.get('location') ?? '');
    assert.equal(back.searchParams.get('state'), 'my-state');
    await code?.exchange(back.searchParams.get('code') ?? '', redirect, callOf());
    assert.ok(stored() !== null);
    await connect();
    assert.equal(await refreshes(), 0);
  });

  it('says so when a third login of the app has pushed this one out', async () => {
    const { cloud, account } = emulated;
    await connect();
    await cloud.newLogin();
    await cloud.newLogin();
    const error = await fails(connect());
    assert.equal(error.reason, 'login');
    assert.match(error.message, /third login of the same app.*panfuse login main$/);
    const before = (await cloud.log()).length;
    await Promise.all(Array.from({ length: 20 }, () => fails(connect())));
    assert.equal((await cloud.log()).length, before, 'a lost login asks nothing more');

    await logInByQr(cloud, emulated.another());
    await account.reload();
    await connect();
    assert.equal(account.health().login, 'ok');
  });

  it('says to log in again when the answer to a renewal was lost, and never loops', async () => {
    const { cloud } = emulated;
    await cloud.fault('refresh-dropped-answer', { count: 1 });
    const error = await fails(connect());
    assert.match(error.message, /the answer to a renewal was lost.*panfuse login main$/);
    await fails(connect());
    assert.equal(await refreshes(), 2);
    assert.equal(await cloud.fired('refresh-dropped-answer'), 1);
  });

  for (const [fault, reason] of [
    ['refresh-too-often', 'throttle'],
    ['refresh-error-text', 'login'],
  ] as const) {
    it(`asks once, then no more, under ${fault}`, async () => {
      const { cloud } = emulated;
      await cloud.fault(fault);
      for (let turn = 0; turn < 5; turn += 1) assert.equal((await fails(connect())).reason, reason);
      assert.equal(await refreshes(), 1);
      assert.equal(await cloud.fired(fault), 1);
    });
  }

  for (const fault of ['passport-5xx', 'passport-reset'] as const) {
    it(`renews after a single ${fault}`, async () => {
      const { cloud } = emulated;
      await cloud.fault(fault, { count: 1 });
      await connect();
      assert.equal(await cloud.fired(fault), 1);
    });
  }

  it('takes over what another process has renewed', async () => {
    const { clock, cloud, another } = emulated;
    await connect();
    await cloud.endTokens('expire-access');
    await another().drive('0').connect(callOf());
    await connect();
    clock.advance(TWO_HOURS);
    await cloud.advanceClock(TWO_HOURS);
    await another().drive('0').connect(callOf());
    await connect();
    assert.equal(emulated.account.health().login, 'ok');
  });
});
