import assert from 'node:assert/strict';
import { hasSpareCalls } from '../../../src/daemon/spare-calls.js';
import type { AccountHealth } from '../../../src/driver/account.js';

const WELL: AccountHealth = {
  login: 'ok',
  loginMessage: null,
  throttle: null,
  calls: { today: 7199, perDay: 8000 },
};

describe('hasSpareCalls', () => {
  it('says yes while the account is well', () => {
    assert.equal(hasSpareCalls(WELL), true);
    assert.equal(hasSpareCalls({ ...WELL, login: 'unknown' }), true);
  });

  it('says no when the login is lost', () => {
    assert.equal(hasSpareCalls({ ...WELL, login: 'lost' }), false);
  });

  it('says no while the cloud refuses', () => {
    assert.equal(hasSpareCalls({ ...WELL, throttle: { until: 1, message: 'too many' } }), false);
  });

  it('says no when the last tenth of the calls of the day has begun', () => {
    assert.equal(hasSpareCalls({ ...WELL, calls: { today: 7200, perDay: 8000 } }), false);
  });
});
