import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { CacheHouse, MIB, span, unitOf } from './cache-house.js';

const SIZE = 64 * MIB;

describe('many at once', () => {
  let house: CacheHouse;

  beforeEach(async () => {
    house = await CacheHouse.open({ size: 24 * MIB });
  });

  afterEach(() => house.close());

  it('may write and read one unit', async () => {
    const files = span(0, 20).map(() => house.cache.file('a', SIZE));
    await Promise.all(files.map((file) => file.ready(0, 8)));
    const answers = await Promise.all(
      files.flatMap((file) => {
        file.write(7, unitOf('a', 7), 'data');
        file.write(7, unitOf('a', 7), 'probe');
        return span(0, 5).map(() => file.read(7, 1));
      }),
    );
    assert.equal(answers.length, 100);
    for (const bytes of answers) assert.ok(bytes !== null && Buffer.compare(bytes, unitOf('a', 7)) === 0);
    await house.cache.settled();
    assert.deepEqual(
      (await house.segments()).map((name) => name.slice(-6)),
      ['0.data', '.probe'],
    );
    for (const file of files) file.close();
    assert.deepEqual(await house.kept('a', SIZE, [6, 7, 8]), [7]);
  });

  it('may read, write, evict, close and open the same contents', async () => {
    const keys = ['a', 'b', 'c', 'd'];
    let read = 0;
    const workers = span(0, 16).map(async (worker) => {
      for (const round of span(0, 30)) {
        const key = keys[(worker + round) % keys.length] ?? '';
        const first = (worker * 37 + round * 53) % 504;
        const file = house.cache.file(key, SIZE);
        await file.ready(first, 8);
        const bytes = await file.read(first, 8);
        const expected = Buffer.concat(span(first, first + 8).map((unit) => unitOf(key, unit)));
        if (bytes === null)
          for (const unit of span(first, first + 8)) file.write(unit, unitOf(key, unit), 'data');
        else {
          assert.equal(Buffer.compare(bytes, expected), 0, `${key} ${first}`);
          read += 1;
        }
        file.close();
      }
    });
    await Promise.all(workers);
    await house.cache.settled();
    const { bytes, damaged, evicted } = house.cache.status();
    assert.ok(read > 0 && evicted > 0, `${read} ${evicted}`);
    assert.equal(damaged, 0);
    assert.equal(bytes, await house.diskUsage());
    assert.ok(bytes <= 24 * MIB, `${bytes}`);
  });

  it('hold no more than 64 descriptors', async () => {
    const keys = span(0, 150).map((key) => `k${key}`);
    const before = readdirSync('/proc/self/fd').length;
    for (const key of keys) await house.fill(key, SIZE, [0]);
    const files = await Promise.all(keys.map((key) => house.file(key, SIZE)));
    let most = 0;
    const answers = await Promise.all(
      files.map(async (file) => {
        const bytes = await file.read(0, 1);
        most = Math.max(most, readdirSync('/proc/self/fd').length);
        return bytes;
      }),
    );
    assert.equal(answers.filter((bytes) => bytes !== null).length, 150);
    assert.ok(most - before <= 65, `${most - before}`);
    await house.cache.close();
    assert.equal(readdirSync('/proc/self/fd').length, before);
  });
});
