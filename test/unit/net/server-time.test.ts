import assert from 'node:assert/strict';
import { ServerTime } from '../../../src/net/server-time.js';
import { FakeClock } from '../../fakes/fake-clock.js';

describe('server time', () => {
  it('is ours until the server has told its own', () => {
    const clock = new FakeClock();
    const time = new ServerTime(clock);
    time.observe(null);
    time.observe('no date');
    assert.equal(time.now(), clock.now());
  });

  it('goes on from what the server told last', async () => {
    const clock = new FakeClock();
    const time = new ServerTime(clock);
    const date = 'Mon, 02 Mar 2026 08:00:00 GMT';
    const before = clock.now();
    time.observe(date);
    await clock.advance(1500);
    assert.equal(time.now(), Date.parse(date) + 1500);
    assert.equal(time.at(before), Date.parse(date));
    time.observe(date);
    assert.equal(time.now(), Date.parse(date));
  });
});
