import assert from 'node:assert/strict';
import { House } from './daemon/house.js';
import { readAtRandom } from './daemon/read-at-random.js';
import { run } from './programs.js';

const GIB = 2 ** 30;
const READERS = 16;
const SECONDS = 15;

describe('reading through the daemon', function () {
  this.timeout(120_000);
  let house: House;
  afterEach(() => house.close());

  it('file of 1 GiB has the MD5 of the cloud', async () => {
    house = await House.open();
    const began = performance.now();
    const { stdout } = await run('md5sum', house.at('/film-1g.mkv'));
    const seconds = (performance.now() - began) / 1000;
    console.log(`      md5sum of 1 GiB: ${seconds.toFixed(1)} s, ${Math.round(1074 / seconds)} MB/s`);
    const expected = await house.cloud.hash({ path: '/film-1g.mkv' }, 'md5');
    assert.equal(stdout.split(' ')[0], expected.toLowerCase());
    assert.ok((await house.cloud.figures()).links.highest <= 2);
  });

  it('16 readers at random places get every byte right within the limits of the cloud', async () => {
    house = await House.build({
      cloud: { profile: 'like115', library: 'tree-1000' },
      account: { calls: {}, breaker: {} },
      sections: { timeouts: {} },
    });
    const films = ['a', 'b', 'c', 'd', 'e'].map((seed) => ({ name: `${seed}.mkv`, seed, size: GIB }));
    for (const { name, seed, size } of films) {
      await house.cloud.addFile({ name, size, content: { kind: 'seeded', seed } });
    }
    await house.start();
    const files = films.map(({ name, ...film }) => ({ path: house.at(`/${name}`), ...film }));
    const scan = run('find', house.at('/tree'));
    const report = await readAtRandom({ files, readers: READERS, seconds: SECONDS, longest: 400_000 });
    const { calls, links, accounts, bytesSent } = await house.cloud.figures();
    console.log(
      `      ${report.reads} reads, ${Math.round(report.bytes / 2 ** 20)} MiB (${Math.round(bytesSent / 2 ** 20)} sent), ` +
        `median ${report.median} ms, slowest ${report.slowest} ms, fewest of a reader ${report.fewest}; ` +
        `refused: ${links.refused} at a link, ${accounts.refused} at the account; ` +
        `burst ${calls.burstAtOnePerSecond.toFixed(2)}, ${calls.total} calls`,
    );
    assert.deepEqual([report.wrong, report.errors], [[], {}]);
    assert.ok(report.fewest >= 3, 'a reader starved');
    assert.ok(links.highest <= 2, `${links.highest} connections on a link`);
    assert.ok(accounts.highest <= 8, `${accounts.highest} connections on the account`);
    assert.ok(calls.burstAtOnePerSecond <= 5, `a burst of ${calls.burstAtOnePerSecond}`);
    assert.deepEqual((await house.account()).throttle, null);
    assert.equal((await scan).code, 0);
  });
});
