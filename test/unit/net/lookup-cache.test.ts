import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { LookupCache } from '../../../src/net/lookup-cache.js';
import { FakeClock } from '../../fakes/fake-clock.js';

type Found = string | readonly LookupAddress[];

describe('look-up cache', () => {
  const clock = new FakeClock();
  let asked: string[];
  let failure: Error | null;
  let cache: LookupCache;

  beforeEach(() => {
    asked = [];
    failure = null;
    const resolve = (host: string): Promise<LookupAddress[]> => {
      asked.push(host);
      if (failure !== null) return Promise.reject(failure);
      return Promise.resolve([
        { address: `10.0.0.${asked.length}`, family: 4 },
        { address: '::1', family: 6 },
      ]);
    };
    cache = new LookupCache(clock, resolve, { ttl: 60_000, fixed: { 'cloud.test': '127.0.0.1' } });
  });

  function find(host: string, all = false): Promise<Found> {
    return new Promise((resolve, reject) => {
      cache.lookup(host, { all }, (error, address) => {
        if (error === null) resolve(address);
        else reject(error);
      });
    });
  }

  it('asks once for callers at one time and for later ones until the answer is old', async () => {
    assert.deepEqual(await Promise.all([find('a'), find('a'), find('b')]), [
      '10.0.0.1',
      '10.0.0.1',
      '10.0.0.2',
    ]);
    await clock.advance(59_999);
    assert.equal(await find('a'), '10.0.0.1');
    await clock.advance(1);
    assert.equal(await find('a'), '10.0.0.3');
    assert.deepEqual(asked, ['a', 'b', 'a']);
  });

  it('gives every address when asked for all', async () => {
    assert.equal((await find('a', true)).length, 2);
  });

  it('uses an old answer while the name server fails', async () => {
    await find('a');
    await clock.advance(3_600_000);
    failure = new Error('EAI_AGAIN');
    assert.equal(await find('a'), '10.0.0.1');
    await assert.rejects(find('new'), failure);
    failure = null;
    assert.match((await find('new')) as string, /^10/);
  });

  it('never asks for hosts with a given address', async () => {
    assert.equal(await find('cloud.test'), '127.0.0.1');
    assert.deepEqual(await find('cloud.test', true), [{ address: '127.0.0.1', family: 4 }]);
    assert.deepEqual(asked, []);
  });
});
