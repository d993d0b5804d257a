import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { UNIT } from '../../../../src/content/block-cache/block-cache.js';
import { SEGMENT_UNITS } from '../../../../src/content/block-cache/segment-format.js';
import { CacheHouse, span } from './cache-house.js';

const WRITER = fileURLToPath(new URL('killed-writer.ts', import.meta.url));
const SIZE = 300 * SEGMENT_UNITS * UNIT;

/** Runs the writer until it is killed; the last unit that it told of. */
async function runKilled(directory: string, stopAfter: number, killAfter: number): Promise<number> {
  const writer = spawn(process.execPath, ['--import', 'tsx', WRITER, directory, String(stopAfter)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  writer.stdout.setEncoding('utf8');
  writer.stdout.on('data', (text: string) => {
    told += text;
    if (told.split('\n').length > killAfter) writer.kill('SIGKILL');
  });
  const [, signal] = (await once(writer, 'close')) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
  return Number(told.trimEnd().split('\n').at(-1));
}

describe('a cache whose process was killed', function () {
  this.timeout(60_000);
  let house: CacheHouse;

  beforeEach(async () => {
    house = await CacheHouse.open();
  });

  afterEach(() => house.close());

  /** What the writer said is on the disk is there, unless evicted; nothing that is there is wrong. */
  async function check(last: number): Promise<void> {
    await house.restart();
    const from = Math.max(0, last - 20);
    const kept = await house.kept('sha1-K', SIZE, span(0, last + 200));
    const early = kept.filter((unit) => unit >= from && unit < last - (last % 5));
    assert.deepEqual(early, span(from, last - (last % 5)));
    assert.equal(house.cache.status().bytes, await house.diskUsage());
  }

  it('at any moment keeps what it had, and takes no damage', async () => {
    for (const units of [3, 150, 700]) {
      const last = await runKilled(house.directory, 0, units);
      await check(last);
      assert.equal(house.cache.status().damaged, 0);
    }
  });

  it('between a unit and its checksum lacks that unit', async () => {
    const last = await runKilled(house.directory, 4, Infinity);
    await check(last);
    assert.equal(house.cache.status().damaged, 0);
    await house.fill('sha1-K', SIZE, span(0, 30));
    assert.deepEqual(await house.kept('sha1-K', SIZE, span(0, 30)), span(0, 30));
  });

  it('before its first checksum begins the segment anew', async () => {
    await runKilled(house.directory, 1, Infinity);
    assert.deepEqual((await house.segments()).length, 1);
    await house.restart();
    assert.deepEqual(await house.kept('sha1-K', SIZE, span(0, 5)), []);
    await house.fill('sha1-K', SIZE, [2]);
    await house.restart();
    assert.deepEqual(await house.kept('sha1-K', SIZE, span(0, 5)), [2]);
  });
});
