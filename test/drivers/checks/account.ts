import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import type { Check } from './check.js';
import { rejectsWith } from './expect.js';

export const accountChecks: readonly Check[] = [
  {
    name: 'space tells what the account has, or null',
    async run(place) {
      const space = await place.driver.space(callOf());
      if (space === null) return;
      assert.ok(Number.isSafeInteger(space.total) && space.total > 0);
      assert.ok(Number.isSafeInteger(space.used) && space.used >= 0);
    },
  },
  {
    name: 'account is healthy while calls succeed',
    async run(place) {
      await place.driver.connect(callOf());
      const { login, loginMessage, throttle, calls } = place.subject.account.health();
      assert.deepEqual(
        { login, loginMessage, throttle },
        { login: 'ok', loginMessage: null, throttle: null },
      );
      assert.ok(calls.today > 0 && calls.perDay >= calls.today);
    },
  },
  {
    name: 'account tells that its login is lost until a person logs in again',
    needs: ['loseLogin'],
    async run(place) {
      const { account } = place.subject;
      await place.withoutLogin(async () => {
        await rejectsWith('EACCES', place.driver.connect(callOf()));
        assert.equal(account.health().login, 'lost');
        assert.notEqual(account.health().loginMessage ?? '', '');
      });
      assert.notEqual(account.health().login, 'lost');
      await place.driver.connect(callOf());
      assert.equal(account.health().login, 'ok');
    },
  },
];
