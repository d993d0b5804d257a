import assert from 'node:assert/strict';
import { lookUntilListed } from '../../../../src/drivers/pan115-open/visibility.js';
import { fakeEnv } from '../../../fakes/fake-env.js';
import { inTime } from './scripted-cloud.js';

const LAG = 14_000;
const SIGNAL = new AbortController().signal;

describe('looking until something would be listed', () => {
  /** Looks that find it from `from` milliseconds on; answers when it was looked. */
  async function looks(madeAgo: number, from: number): Promise<readonly number[]> {
    const { clock } = fakeEnv();
    const start = clock.now();
    const at: number[] = [];
    const found = lookUntilListed(clock, LAG, start - madeAgo, SIGNAL, () => {
      at.push(clock.now() - start);
      return Promise.resolve(clock.now() - start >= from ? 'it' : null);
    });
    assert.equal(await inTime(clock, found), (at.at(-1) ?? 0) >= from ? 'it' : null);
    return at;
  }

  it('ends with the first look that finds it', async () => {
    assert.deepEqual(await looks(0, 0), [0]);
    assert.deepEqual(await looks(0, 3000), [0, 2000, 6000]);
  });

  it('ends when it would have been listed', async () => {
    assert.deepEqual(await looks(0, Infinity), [0, 2000, 6000, LAG]);
    assert.deepEqual(await looks(5000, Infinity), [0, 2000, 6000, 14_000]);
    assert.deepEqual(await looks(60_000, Infinity), [0]);
  });

  it('waits no longer for what a clock that was set back puts into the future', async () => {
    assert.deepEqual(await looks(-86_400_000, Infinity), [0, 2000, 6000, LAG]);
  });
});
