import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Adoption, type LocalBytes } from '../../../src/content/adoption.js';
import { contentKey } from '../../../src/content/content-key.js';
import type { FileEntry } from '../../../src/driver/entry.js';
import { FsError } from '../../../src/lib/errors.js';
import { CacheHouse, type HouseOptions, MIB, span, unitOf } from './block-cache/cache-house.js';
import { settle } from '../../fakes/fake-clock.js';

const UNITS = 20;
const LAST = 1234;
const SIZE = UNITS * 128 * 1024 + LAST;

function fileOf(id: string, size = SIZE): FileEntry {
  const times = { modifiedAt: 0, createdAt: 0 };
  return { kind: 'file', id, parentId: '0', name: `${id}.bin`, size, hash: null, ...times, attributes: {} };
}

/** What `CacheHouse.kept` compares with, as one file. */
function bytesOf(key: string): Buffer {
  return Buffer.concat([...span(0, UNITS).map((unit) => unitOf(key, unit)), unitOf(key, UNITS, LAST)]);
}

function localBytes(key: string): LocalBytes {
  const bytes = bytesOf(key);
  return { read: ({ start, end }) => Promise.resolve(bytes.subarray(start, end)) };
}

describe('adoption of uploaded files', () => {
  let house: CacheHouse;
  let adoption: Adoption;

  afterEach(() => house.close());

  async function open(options: HouseOptions = {}): Promise<void> {
    house = await CacheHouse.open(options);
    adoption = new Adoption(house.env, house.cache);
  }

  it('has every unit of the file in the cache, under the content that the cloud has now', async () => {
    await open();
    const file = fileOf('7');
    const key = contentKey('main', file);
    await adoption.adopt('main', file, localBytes(key));
    assert.deepEqual(await house.kept(key, SIZE, span(0, UNITS + 1)), span(0, UNITS + 1));
  });

  it('leaves a file alone that would push half of the cache out', async () => {
    await open({ size: 4 * MIB });
    const file = fileOf('7');
    const unread: LocalBytes = { read: () => Promise.reject(new Error('nobody should read it')) };
    await adoption.adopt('main', file, unread);
    assert.deepEqual(await house.kept(contentKey('main', file), SIZE, span(0, UNITS + 1)), []);
    assert.deepEqual(house.env.log.lines, []);
  });

  it('keeps what came before the bytes could not be read any more, and says so', async () => {
    await open();
    const file = fileOf('7');
    const key = contentKey('main', file);
    const whole = localBytes(key);
    const cut: LocalBytes = {
      read: (range, signal) =>
        range.start < MIB
          ? whole.read(range, signal)
          : Promise.reject(new FsError('EIO', 'the disk is gone')),
    };
    await adoption.adopt('main', file, cut);
    assert.deepEqual(await house.kept(key, SIZE, span(0, UNITS + 1)), span(0, 8));
    assert.deepEqual(
      house.env.log.lines.map(({ level, message }) => [level, message]),
      [['warn', 'an uploaded file is not kept in the cache']],
    );
  });

  it('ends at once when it is closed, and adopts nothing after that', async () => {
    await open();
    const began = new AbortController();
    const stuck: LocalBytes = {
      async read(_range, signal) {
        began.abort();
        await once(signal, 'abort');
        throw signal.reason;
      },
    };
    const [first, second] = [fileOf('7'), fileOf('8')];
    const both = [adoption.adopt('main', first, stuck), adoption.adopt('main', second, localBytes('8'))];
    await once(began.signal, 'abort');
    adoption.close();
    await Promise.all(both);
    assert.deepEqual(await house.kept(contentKey('main', second), SIZE, span(0, UNITS + 1)), []);
  });

  it('reads one file at a time', async () => {
    await open();
    const readers = { now: 0, most: 0 };
    const counted = (key: string): LocalBytes => ({
      async read(range, signal) {
        readers.now += 1;
        readers.most = Math.max(readers.most, readers.now);
        await settle();
        readers.now -= 1;
        return await localBytes(key).read(range, signal);
      },
    });
    await Promise.all(['7', '8', '9'].map((id) => adoption.adopt('main', fileOf(id), counted(id))));
    assert.equal(readers.most, 1);
  });
});
