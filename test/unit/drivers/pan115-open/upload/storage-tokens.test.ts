import assert from 'node:assert/strict';
import type { UploadApi } from '../../../../../src/drivers/pan115-open/api-upload.js';
import { StorageTokens } from '../../../../../src/drivers/pan115-open/upload/storage-tokens.js';
import { ServerTime } from '../../../../../src/net/server-time.js';
import { callOf } from '../../../../fakes/calls.js';
import { fakeEnv } from '../../../../fakes/fake-env.js';

const MINUTE = 60_000;

function tokensLasting(life: number | null) {
  const { clock } = fakeEnv();
  const time = new ServerTime(clock);
  let given = 0;
  const storageToken: UploadApi['storageToken'] = async () => {
    await clock.sleep(0);
    given += 1;
    const credentials = { endpoint: 'e', accessKeyId: `${given}`, accessKeySecret: 's', securityToken: 't' };
    return { credentials, expiresAt: life === null ? null : time.now() + life };
  };
  const tokens = new StorageTokens({ storageToken }, time);
  const current = async (): Promise<string> => {
    const asked = tokens.current(callOf());
    await clock.advance(0);
    return (await asked).accessKeyId;
  };
  return { clock, time, tokens, current };
}

describe('storage tokens', () => {
  for (const [life, until] of [
    [60 * MINUTE, 55 * MINUTE],
    [10 * MINUTE, 9 * MINUTE],
    [null, 15 * MINUTE],
  ] as const) {
    it(`that last ${life ?? 'nobody knows how many'} ms are renewed after ${until}`, async () => {
      const { clock, current } = tokensLasting(life);
      assert.equal(await current(), '1');
      await clock.advance(until - 1);
      assert.equal(await current(), '1');
      await clock.advance(1);
      assert.equal(await current(), '2');
    });
  }

  it("are renewed by the cloud's clock, not by ours", async () => {
    const { clock, time, current } = tokensLasting(60 * MINUTE);
    time.observe(new Date(clock.now() + 86_400_000).toUTCString());
    assert.equal(await current(), '1');
    clock.jumpWall(-10 * 86_400_000);
    time.observe(new Date(clock.now() + 11 * 86_400_000).toUTCString());
    assert.equal(await current(), '1');
  });

  it('are fetched once for all who wait', async () => {
    const { clock, tokens } = tokensLasting(60 * MINUTE);
    const both = Promise.all([tokens.current(callOf()), tokens.current(callOf())]);
    await clock.advance(0);
    const [one, other] = await both;
    assert.equal(one, other);
  });

  it('are renewed once however many find them refused', async () => {
    const { tokens, clock, current } = tokensLasting(60 * MINUTE);
    const first = tokens.current(callOf());
    await clock.advance(0);
    const credentials = await first;
    tokens.refused(credentials);
    assert.equal(await current(), '2');
    tokens.refused(credentials);
    assert.equal(await current(), '2');
  });
});
