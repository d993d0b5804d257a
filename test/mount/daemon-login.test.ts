import assert from 'node:assert/strict';
import { eventually, House } from './daemon/house.js';

describe('login of a mounted account', function () {
  this.timeout(60_000);
  let house: House;
  let known: readonly string[];
  before(async () => {
    house = await House.open();
    known = await house.tree();
  });
  beforeEach(async () => {
    assert.equal((await house.account()).login, 'ok');
    await house.cloud.clearLog();
  });
  after(() => house.close());

  const lostWith = async (words: RegExp): Promise<void> => {
    await assert.rejects(house.refresh(), { errno: 'EACCES', reason: 'login', message: words });
    const { login, loginMessage } = await house.account();
    assert.equal(login, 'lost');
    assert.match(loginMessage ?? '', words);
    assert.match(loginMessage ?? '', /Log in: panfuse login main/);
  };

  const servesWhatItKnows = async (): Promise<void> => {
    assert.deepEqual(await house.tree(), known);
    const mount = await house.mount();
    assert.equal(mount.state, 'mounted');
  };

  const asksNoMore = async (): Promise<void> => {
    const asked = await house.renewals();
    for (let attempt = 0; attempt < 5; attempt += 1)
      await assert.rejects(house.refresh(), { reason: 'login' });
    assert.equal(await house.renewals(), asked);
  };

  const worksAfterLogin = async (): Promise<void> => {
    await house.storeNewLogin();
    await house.client.call('POST /v1/accounts/reload', { account: 'main' });
    await house.refresh();
    assert.deepEqual(await house.tree(), known);
    assert.equal((await house.account()).login, 'ok');
  };

  it('access token that has expired is renewed once', async () => {
    await house.cloud.endTokens('expire-access');
    await house.refresh();
    assert.equal(await house.renewals(), 1);
    assert.equal((await house.account()).login, 'ok');
  });

  it('refresh token that has expired is told, and a new login works', async () => {
    await house.cloud.endTokens('expire-access');
    await house.cloud.endTokens('expire-refresh');
    await lostWith(/the refresh token has expired \(it lasts a year/);
    await servesWhatItKnows();
    await asksNoMore();
    await worksAfterLogin();
  });

  it('revoked login is told, and a new login works', async () => {
    await house.cloud.endTokens('revoke');
    await lostWith(/removed in the 115 app's device list/);
    await servesWhatItKnows();
    await asksNoMore();
    await worksAfterLogin();
  });

  it('login pushed out by a third one is told, and a new login works', async () => {
    await house.cloud.newLogin();
    await house.cloud.newLogin();
    await lostWith(/a third login of the same app pushed it out/);
    await servesWhatItKnows();
    await asksNoMore();
    await worksAfterLogin();
  });

  it('refresh token used elsewhere is told, and a new login works', async () => {
    await house.cloud.endTokens('expire-access');
    await useElsewhere(house);
    await house.cloud.endTokens('expire-access');
    await lostWith(/the refresh token was used elsewhere/);
    await servesWhatItKnows();
    await asksNoMore();
    await worksAfterLogin();
  });

  it('refresh token renewed and stored by another process is taken over', async () => {
    const pair = await useElsewhere(house);
    await house.storeLogin(pair.access_token, pair.refresh_token);
    await house.refresh();
    assert.equal((await house.account()).login, 'ok');
    // One by the other process, one that was refused.
    assert.equal(await house.renewals(), 2);
  });

  it('renewal that comes too often rests, and the login is not lost', async () => {
    await house.cloud.endTokens('expire-access');
    await house.cloud.fault('refresh-too-often', { count: 1 });
    await assert.rejects(house.refresh(), { reason: 'throttle', message: /renewed too often/ });
    assert.equal(await house.cloud.fired('refresh-too-often'), 1);
    for (let attempt = 0; attempt < 5; attempt += 1) await assert.rejects(house.refresh());
    assert.equal(await house.renewals(), 1);
    const { login, throttle } = await house.account();
    assert.notEqual(login, 'lost');
    assert.match(throttle?.message ?? '', /renewed too often/);
    await servesWhatItKnows();
    await house.client.call('POST /v1/accounts/reload', { account: 'main' });
    await house.refresh();
    assert.equal((await house.account()).login, 'ok');
  });

  it('answer to a renewal that was lost ends in words, not in a loop', async () => {
    await house.cloud.endTokens('expire-access');
    await house.cloud.fault('refresh-dropped-answer', { count: 1 });
    await lostWith(/the answer to a renewal was lost/);
    assert.equal(await house.cloud.fired('refresh-dropped-answer'), 1);
    assert.ok((await house.renewals()) <= 2);
    await servesWhatItKnows();
    await asksNoMore();
    await worksAfterLogin();
  });
});

describe('first start of the daemon', function () {
  this.timeout(60_000);
  let house: House;
  afterEach(() => house.close());

  it('with a wrong token tells so, stays, and mounts after a login', async () => {
    house = await House.build({ account: { refreshToken: '1a9.wrong.token' } });
    await house.start();
    const { state, message } = await house.mount();
    assert.equal(state, 'failed');
    assert.match(message ?? '', /refresh token is damaged.*Log in: panfuse login main/);
    assert.equal((await house.account()).login, 'lost');
    await house.storeNewLogin();
    await house.client.call('POST /v1/accounts/reload', { account: 'main' });
    await eventually(
      () => house.mount(),
      (mount) => mount.state === 'mounted',
    );
    assert.ok((await house.tree()).length > 5);
  });

  it('without a network tells so, stays, and mounts by itself when it is back', async () => {
    house = await House.build();
    await house.cloud.networkDown();
    await house.start();
    const { state, message } = await house.mount();
    assert.equal(state, 'failed');
    assert.match(message ?? '', /127\.0\.0\.1/);
    assert.ok((await house.cloud.fired('network-down')) > 0);
    await house.cloud.networkUp();
    await eventually(
      () => house.mount(),
      (mount) => mount.state === 'mounted',
      40_000,
    );
    assert.ok((await house.tree()).length > 5);
  });
});

/** What another program does that holds the same refresh token. */
async function useElsewhere(house: House): Promise<{ access_token: string; refresh_token: string }> {
  const login = (await house.cloud.logins()).findLast(({ state }) => state === 'live');
  const reply = await fetch(`${house.cloud.url}/open/refreshToken`, {
    method: 'POST',
    body: new URLSearchParams({ refresh_token: login?.refreshToken ?? '' }),
  });
  const { data } = (await reply.json()) as { data: { access_token: string; refresh_token: string } };
  return data;
}
