import assert from 'node:assert/strict';
import { House } from './daemon/house.js';

/** Where a renewal can be cut, in order, and whether the new pair is on disk by then. */
const POINTS = [
  { point: 'token:before-refresh', outcome: 'works' },
  { point: 'token:answered', outcome: 'asks for a login' },
  { point: 'credentials:written', outcome: 'asks for a login' },
  { point: 'credentials:renamed', outcome: 'works' },
  { point: 'token:saved', outcome: 'works' },
] as const;

describe('kill -9 while the login is renewed', function () {
  this.timeout(60_000);
  let house: House;
  let known: readonly string[];
  before(async () => {
    house = await House.open();
    known = await house.tree();
  });
  after(() => house.close());

  const crashAt = async (point: string): Promise<void> => {
    await house.daemon.stop();
    await house.cloud.endTokens('expire-access');
    await house.start({ stopAt: point });
    const cut = house.refresh().catch(() => undefined);
    await house.daemon.said(new RegExp(`^checkpoint ${point} reached`));
    await house.daemon.kill();
    await cut;
  };

  for (const { point, outcome } of POINTS) {
    it(`at ${point} ${outcome} after a restart, and the tree stays`, async () => {
      await crashAt(point);
      await house.cloud.clearLog();
      await house.start();
      assert.deepEqual(await house.tree(), known);
      if (outcome === 'works') {
        await house.refresh();
        assert.equal((await house.account()).login, 'ok');
      } else {
        await assert.rejects(house.refresh(), {
          reason: 'login',
          message: /used elsewhere.*Log in: panfuse login/,
        });
        const { login, loginMessage } = await house.account();
        assert.equal(login, 'lost');
        assert.match(loginMessage ?? '', /the answer to a renewal was lost/);
        for (let attempt = 0; attempt < 5; attempt += 1)
          await assert.rejects(house.refresh(), { reason: 'login' });
      }
      assert.ok((await house.renewals()) <= 1, `${await house.renewals()} renewals`);
      assert.deepEqual(await house.tree(), known);
      await house.storeNewLogin();
      await house.client.call('POST /v1/accounts/reload', { account: 'main' });
      await house.refresh();
      assert.equal((await house.account()).login, 'ok');
    });
  }
});
