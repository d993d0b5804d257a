import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { eventually, House } from './daemon/house.js';

describe('offline downloads seen in a mount', function () {
  this.timeout(90_000);
  let house: House;
  before(async () => {
    house = await House.open({ cloud: { library: 'empty' } });
    await house.cloud.changeProfile({ offlineDuration: 2000 });
  });
  after(() => house.close());

  it('appear and can be read without a refresh, in a folder that was just made', async () => {
    await mkdir(house.at('/new'));
    assert.deepEqual(await readdir(house.at('/new')), []);
    const link = 'https://example.org/%E5%BD%B1.bin';
    const { links } = await house.client.call('POST /v1/offline/add', {
      to: house.at('/new'),
      links: [link],
    });
    assert.equal(links[0]?.outcome, 'added');
    const names = await eventually(
      () => readdir(house.at('/new')),
      (found) => found.length > 0,
      30_000,
    );
    assert.deepEqual(names, ['影.bin']);
    const bytes = await readFile(house.at('/new/影.bin'));
    const item = await house.cloud.item({ path: 'new/影.bin' });
    assert.ok(bytes.equals(await house.cloud.bytes({ id: item.id }, 0, item.size)));
  });

  it('appear after a restart in between, also behind a folder of theirs', async () => {
    const link = `magnet:?xt=urn:btih:${'b'.repeat(40)}&dn=Film`;
    await house.client.call('POST /v1/offline/add', { to: 'films:/', links: [link] });
    await house.daemon.kill();
    await house.start();
    await eventually(
      () => readdir(house.at('/')),
      (found) => found.includes('Film'),
      30_000,
    );
    assert.deepEqual(await readdir(house.at('/Film')), ['Film.mkv']);
  });
});
