import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { HeldFile } from './daemon/held-file.js';
import { eventually, House } from './daemon/house.js';
import { run, start } from './programs.js';

/** An ordinary user's kernel hands out twelve reads at once, unless its limits can be seen and so raised. */
const RAISED = process.geteuid?.() === 0 || readdirSync('/sys/fs/fuse/connections').length > 0;
const READERS = RAISED ? 40 : 8;
const MIB = 2 ** 20;

describe('readers stuck on a dead link of the daemon', function () {
  this.timeout(60_000);
  let house: House;
  const readers: ChildProcess[] = [];
  before(async () => {
    house = await House.open({ sections: { timeouts: { read: '40s', stall: '20s' } } });
  });
  after(() => {
    for (const reader of readers) reader.kill('SIGKILL');
    return house.close();
  });

  it('stop neither a stat, nor a listing, nor a read of another file', async () => {
    await house.cloud.fault('cdn-stall', { match: 'film-1g', value: 0 });
    for (let index = 0; index < READERS; index += 1) {
      const skip = `skip=${index * 25}`;
      readers.push(start('dd', `if=${house.at('/film-1g.mkv')}`, 'of=/dev/null', 'bs=1M', 'count=1', skip));
    }
    await eventually(
      () => house.status(),
      ({ content }) => content.openFiles >= READERS && content.lanes.waiting > 0,
    );
    const began = performance.now();
    assert.equal((await run('stat', '-c', '%s', house.at('/film-8m.mkv'))).stdout, `${8 * MIB}\n`);
    const stated = performance.now();
    assert.ok((await house.tree('/folder')).length > 2);
    const listed = performance.now();
    const file = await HeldFile.open(house.at('/film-8m.mkv'));
    const { errno, length } = await file.read(0, 8 * MIB);
    const read = performance.now();
    await file.close();
    console.log(
      `      stat ${Math.round(stated - began)} ms, find ${Math.round(listed - stated)} ms, ` +
        `read of 8 MiB ${Math.round(read - listed)} ms`,
    );
    assert.deepEqual([errno, length], [null, 8 * MIB]);
    assert.ok(read - began < 10_000, 'they waited for the stuck readers');
    assert.ok((await house.cloud.fired('cdn-stall')) > 0);
    assert.ok(
      readers.every(({ exitCode }) => exitCode === null),
      'a reader was not stuck',
    );
  });

  it('end at once when they are killed, and leave nothing open', async () => {
    for (const reader of readers) reader.kill('SIGKILL');
    await eventually(
      () => house.status(),
      ({ content }) => content.openFiles === 0 && content.lanes.busy === 0,
    );
  });
});
