import assert from 'node:assert/strict';
import * as v from 'valibot';
import { pan115OpenSchema } from '../../../../src/drivers/pan115-open/config.js';

function problemOf(config: unknown): string {
  const read = v.safeParse(pan115OpenSchema, config);
  assert.ok(!read.success, 'accepted');
  return `${v.getDotPath(read.issues[0]) ?? ''}: ${read.issues[0].message}`;
}

describe('115 Open configuration', () => {
  it('fills in every default for an empty account', () => {
    assert.deepEqual(v.parse(pan115OpenSchema, {}), {
      endpoints: {
        api: 'https://proapi.115.com',
        passport: 'https://passportapi.115.com',
        qrcode: 'https://qrcodeapi.115.com',
      },
      userAgent: 'Mozilla/5.0 (compatible; panfuse)',
      calls: { perSecond: 1, burst: 4, perDay: 8000 },
      breaker: { first: 60_000, max: 3_600_000 },
      connections: 8,
      pageSize: 1150,
      linkBatch: 20,
      changeBatch: 1000,
      listingLag: 14_000,
    });
  });

  it('keeps what is written, times in milliseconds, addresses without a slash at the end', () => {
    const config = v.parse(pan115OpenSchema, {
      clientId: '100195123',
      refreshToken: ' 1a9.CCCC.dddd\n',
      endpoints: { api: 'http://127.0.0.1:8115/' },
      breaker: { first: '2s' },
      calls: { perSecond: 0.5 },
    });
    assert.equal(config.refreshToken, '1a9.CCCC.dddd');
    assert.equal(config.endpoints.api, 'http://127.0.0.1:8115');
    assert.equal(config.endpoints.qrcode, 'https://qrcodeapi.115.com');
    assert.deepEqual(config.breaker, { first: 2000, max: 3_600_000 });
    assert.deepEqual(config.calls, { perSecond: 0.5, burst: 4, perDay: 8000 });
  });

  for (const [config, problem] of [
    [{ clientId: 100195123 }, /^clientId: write the APP ID as text in quotes$/],
    [{ refreshToken: '' }, /^refreshToken: write the refresh token, or leave the key out$/],
    [{ refreshToken: 'two words' }, /^refreshToken: the refresh token holds no spaces/],
    [{ endpoints: { api: 'proapi.115.com' } }, /^endpoints\.api: write a web address such as "https:/],
    [{ endpoints: { cdn: 'https://x' } }, /^endpoints\.cdn:/],
    [{ renewUrl: 'ftp://x/' }, /^renewUrl: write a web address/],
    [{ calls: { perSecond: 0 } }, /^calls\.perSecond: write a number from 0\.01 to 20 \(calls a second\)$/],
    [{ calls: { burst: 2.5 } }, /^calls\.burst: write a whole number from 1 to 100/],
    [{ breaker: { first: '60' } }, /^breaker\.first: write a time such as "60s"$/],
    [{ pageSize: 5000 }, /^pageSize: write a number from 20 to 1150/],
    [{ userAgent: 'line\nbreak' }, /^userAgent: write 1 to 512 ASCII characters$/],
    [{ refreshtoken: 'x' }, /^refreshtoken:/],
  ] as const) {
    it(`refuses ${JSON.stringify(config)} and says what to write`, () => {
      assert.match(problemOf(config), problem);
    });
  }
});
