import assert from 'node:assert/strict';
import { House } from './daemon/house.js';
import { run } from './programs.js';

/** What the library `tree-1000` holds, and the mount point itself. */
const NAMES = 1000 + 20 + 1 + 1;

describe('tree that the daemon knew before', function () {
  this.timeout(60_000);
  let house: House;
  let known: readonly string[];
  before(async () => {
    house = await House.open({ cloud: { library: 'tree-1000' } });
    known = await house.tree();
    assert.equal(known.length, NAMES);
    await house.daemon.stop();
  });
  afterEach(() => house.daemon.stop());
  after(() => house.close());

  it('is found whole after a restart without a call', async () => {
    await house.cloud.clearLog();
    await house.start();
    const began = performance.now();
    const found = await house.tree();
    const first = performance.now();
    await house.tree();
    console.log(
      `      find of ${NAMES} names after a restart: ${Math.round(first - began)} ms, ` +
        `again ${Math.round(performance.now() - first)} ms`,
    );
    assert.deepEqual(found, known);
    assert.deepEqual(await house.cloud.log(), []);
  });

  it('is found whole after a crash', async () => {
    await house.start();
    await house.daemon.kill();
    await house.cloud.clearLog();
    await house.start();
    assert.deepEqual(await house.tree(), known);
    assert.deepEqual(await house.cloud.log(), []);
  });

  it('is found whole while the cloud is away, and df and status answer', async () => {
    await house.cloud.stop();
    await house.start();
    assert.deepEqual(await house.tree(), known);
    const df = await run('df', '-B1', '--output=size,used,avail', house.mountPoint);
    assert.equal(df.code, 0, df.stderr);
    await assert.rejects(house.refresh('/tree/group-07'), { reason: 'network' });
    const { drives, mounts } = await house.status();
    assert.match(drives[0]?.lastError?.message ?? '', /\/tree\/group-07/);
    assert.deepEqual(
      mounts.map(({ state }) => state),
      ['mounted'],
    );
    assert.deepEqual(await house.tree(), known);
  });
});
