import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { House } from './daemon/house.js';

const MIB = 2 ** 20;

describe('writing through the daemon', function () {
  this.timeout(120_000);
  let house: House;
  beforeEach(async () => {
    house = await House.open({ sections: { upload: { delay: '0s' } } });
  });
  afterEach(() => house.close());

  it('file that is copied in reaches the cloud, and is read back without a call or a byte', async () => {
    const bytes = randomBytes(20 * MIB + 12_345);
    writeFileSync(house.at('/新片.mkv'), bytes);
    await house.client.call('POST /v1/transfers/wait', { timeout: 60_000 });
    const sha1 = createHash('sha1').update(bytes).digest('hex').toUpperCase();
    assert.equal((await house.cloud.item({ path: '/新片.mkv' })).size, bytes.length);
    assert.equal(await house.cloud.hash({ path: '/新片.mkv' }, 'sha1'), sha1);
    await house.cloud.clearLog();
    await house.cloud.clearFigures();
    assert.ok(readFileSync(house.at('/新片.mkv')).equals(bytes));
    assert.deepEqual(await house.cloud.log(), []);
    assert.equal((await house.cloud.figures()).bytesSent, 0);
  });

  it('names that are made, moved and removed follow in the cloud', async () => {
    mkdirSync(house.at('/new'));
    writeFileSync(house.at('/new/a.txt'), 'a');
    renameSync(house.at('/new/a.txt'), house.at('/new/b.txt'));
    await house.client.call('POST /v1/transfers/wait', { timeout: 60_000 });
    assert.deepEqual(
      (await house.cloud.children({ path: '/new' })).map(({ name }) => name),
      ['b.txt'],
    );
    renameSync(house.at('/new/b.txt'), house.at('/c.txt'));
    rmdirSync(house.at('/new'));
    await house.client.call('POST /v1/transfers/wait', { timeout: 60_000 });
    assert.deepEqual(await house.cloud.named('new'), []);
    assert.equal((await house.cloud.item({ path: '/c.txt' })).size, 1);
    unlinkSync(house.at('/c.txt'));
    await house.client.call('POST /v1/transfers/wait', { timeout: 60_000 });
    assert.deepEqual(await house.cloud.named('c.txt'), []);
  });
});
