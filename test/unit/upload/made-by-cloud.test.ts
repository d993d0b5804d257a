import assert from 'node:assert/strict';
import { ROOT_ID } from '../../../src/drivers/memory/tree.js';
import type { RapidContent } from '../../../src/driver/writer.js';
import { callOf } from '../../fakes/calls.js';
import { hashesOf } from '../../fakes/uploads.js';
import { UploadHouse } from './upload-house.js';

function contentOf(text: string): RapidContent {
  const bytes = Buffer.from(text);
  const hashes = { sha1: hashesOf(bytes).sha1, headSha1: null, md5: null };
  return {
    size: bytes.length,
    hashes,
    read: ({ start, end }) => Promise.resolve(bytes.subarray(start, end)),
  };
}

describe('what the cloud makes by itself', () => {
  it('from hashes is shown at once, sent nothing for, and stays after a kill', async () => {
    const house = await UploadHouse.open({}, (one) => void one.addFile('a', 'text'));
    const made = await house.writes.makeKnown(house.place('b'), contentOf('text'), callOf());
    assert.equal(made?.name, 'b');
    assert.deepEqual(house.shownPaths(), ['/a', '/b']);
    assert.deepEqual(house.cloudPaths(), ['/a text', '/b text']);
    assert.equal(house.cloud.gate.calls('part'), 0);
    await house.restart('killed');
    assert.deepEqual(house.shownPaths(), ['/a', '/b']);
    await house.idle();
    await house.writes.close();
  });

  it('is nothing when it does not know the bytes, or its folder is not there yet', async () => {
    const house = await UploadHouse.open();
    assert.equal(await house.writes.makeKnown(house.place('b'), contentOf('text'), callOf()), null);
    const folder = await house.writes.makeDirectory(house.place('d'), callOf());
    house.addFile('a', 'text');
    assert.equal(await house.writes.makeKnown(house.place('b', folder), contentOf('text'), callOf()), null);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text', '/d/']);
    await house.writes.close();
  });

  it('as a copy of a directory has all that is in it, under another name', async () => {
    const house = await UploadHouse.open({}, (one) => {
      const { id } = one.cloud.addDirectory(ROOT_ID, 'd');
      one.addFile('a', 'text', id);
      one.cloud.addDirectory(ROOT_ID, 'to');
    });
    const place = { ...house.place('copy', house.directory(house.shown('to').id)), path: '/to/copy' };
    assert.equal(await house.run(house.writes.copy(house.shown('d'), place, callOf())), true);
    assert.deepEqual(house.shownPaths(), ['/d/', '/d/a', '/to/', '/to/copy/']);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/a text', '/to/', '/to/copy/', '/to/copy/a text']);
    await house.writes.close();
  });

  it('elsewhere with what was here is shown here no longer', async () => {
    const house = await UploadHouse.open({}, (one) => void one.addFile('a', 'text'));
    const entry = house.shownFile('a');
    await house.writes.left(entry);
    assert.deepEqual(house.shownPaths(), []);
    await house.writes.arrived(entry, house.place('b'));
    await house.idle();
    assert.deepEqual([house.shownPaths(), house.cloudPaths()], [['/b'], ['/b text']]);
    await house.writes.close();
  });
});
