import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import { UploadHouse } from './upload-house.js';

const SECOND = 1000;

/** Ten bytes a part, ten bytes a second: what is sent can be seen. */
const SLOW = { cloud: { partSize: 10, uploadRate: 10 } };
const LONG = 'a text of forty bytes, in four parts each';

async function uploading(options = SLOW): Promise<{ house: UploadHouse; id: string }> {
  const house = await UploadHouse.open(options);
  const { id } = await house.write('a', LONG);
  await house.env.clock.advance(7 * SECOND);
  assert.ok(house.cloud.gate.calls('part') > 0, 'nothing was sent yet');
  return { house, id };
}

describe('Transfers', () => {
  it('tells how far an upload is', async () => {
    const { house } = await uploading();
    const [file] = house.writes.transfers.status().files;
    assert.equal(file?.path, '/a');
    assert.equal(file.state, 'parts');
    assert.equal(file.activity, 'parts');
    assert.equal(file.size, LONG.length);
    assert.equal(file.sent, 20);
    assert.equal(house.writes.transfers.status().spool.used, LONG.length);
    await house.writes.close();
  });

  it('stops one file at once when it is paused, and goes on where it was', async () => {
    const { house, id } = await uploading();
    house.writes.transfers.pause(id);
    const sent = house.cloud.gate.calls('part');
    await house.env.clock.advance(600 * SECOND);
    assert.equal(house.cloud.gate.calls('part'), sent);
    assert.equal(house.writes.transfers.status().files[0]?.state, 'paused');
    await house.write('b', 'other');
    await house.env.clock.advance(10 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/b other']);
    house.writes.transfers.resume(id);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), [`/a ${LONG}`, '/b other']);
    assert.ok(house.cloud.gate.calls('part') <= 7, 'parts were sent twice');
    await house.writes.close();
  });

  it('stops all files of the account when it is paused', async () => {
    const { house } = await uploading();
    await house.write('b', 'other');
    house.slots.pause();
    const sent = house.cloud.gate.calls('part');
    await house.env.clock.advance(600 * SECOND);
    assert.equal(house.cloud.gate.calls('part'), sent);
    assert.equal(house.writes.transfers.status().paused, true);
    house.slots.resume();
    await house.idle();
    assert.deepEqual(house.cloudPaths(), [`/a ${LONG}`, '/b other']);
    await house.writes.close();
  });

  it('keeps the bytes of a cancelled file until it is retried', async () => {
    const { house, id } = await uploading();
    await house.writes.transfers.cancel(id);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), []);
    await house.restart();
    const [file] = house.writes.transfers.status().files;
    assert.deepEqual([file?.state, file?.reason], ['failed', 'it was cancelled']);
    assert.deepEqual(house.shownPaths(), ['/a']);
    await house.writes.transfers.retry(id);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), [`/a ${LONG}`]);
    await house.writes.close();
  });

  it('shows what was replaced again when a cancelled file is dropped', async () => {
    const house = await UploadHouse.open({}, (built) => void built.addFile('a', 'old'));
    const { id } = await house.overwrite('a', 'new');
    await house.writes.transfers.cancel(id);
    await house.writes.transfers.drop(id);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a old']);
    assert.equal(house.shown('a').id, house.inCloud()[0]?.id);
    assert.equal(house.disk.size, 0);
    assert.deepEqual(house.writes.transfers.status().files, []);
    await house.writes.close();
  });

  it('drops a draft and shows what the cloud has in its place', async () => {
    const house = await UploadHouse.open({}, (built) => void built.addFile('a', 'old'));
    const entry = house.shownFile('a');
    const file = await house.writes.edit(entry, '/a', house.base(entry), callOf());
    await file.write(0, Buffer.from('half'), callOf());
    await house.restart('killed');
    const [draft] = house.writes.transfers.status().drafts;
    assert.equal(draft?.path, '/a');
    assert.deepEqual(house.shownPaths(), ['/a']);
    await house.writes.transfers.drop(draft.id);
    await house.idle();
    assert.deepEqual(house.writes.transfers.status().drafts, []);
    assert.deepEqual(house.cloudPaths(), ['/a old']);
    assert.equal(house.disk.size, 0);
    await house.writes.close();
  });

  it('shows what the cloud has in place of a draft, where that was renamed to, although the tree had forgotten it', async () => {
    const house = await UploadHouse.open({}, (built) => void built.addFile('a', 'old'));
    const entry = house.shownFile('a');
    const file = await house.writes.edit(entry, '/a', house.base(entry), callOf());
    await file.write(0, Buffer.from('half'), callOf());
    await house.env.clock.advance(2000);
    await house.writes.move(house.shown('a'), house.place('b'), null, callOf());
    await house.env.clock.advance(2000);
    await house.restart('killed');
    assert.deepEqual(house.shownPaths(), ['/b']);
    const [draft] = house.writes.transfers.status().drafts;
    assert.equal(draft?.path, '/b');
    await house.writes.transfers.drop(draft.id);
    await house.idle();
    assert.deepEqual([house.shownPaths(), house.cloudPaths()], [['/b'], ['/b old']]);
    await house.writes.close();
  });

  it('drops a draft in which nothing was changed by itself', async () => {
    const house = await UploadHouse.open({}, (built) => void built.addFile('a', ''));
    const entry = house.shownFile('a');
    await house.writes.edit(entry, '/a', house.base(entry), callOf());
    await house.env.clock.advance(2000);
    await house.restart('killed');
    assert.deepEqual(house.writes.transfers.status().drafts, []);
    assert.deepEqual(house.shownPaths(), ['/a']);
    await house.idle();
    assert.deepEqual([house.cloudPaths(), await house.journal.files('films')], [['/a '], []]);
    assert.equal(house.disk.size, 0);
    await house.writes.close();
  });

  it('takes a file whose record was lost as it is when it is retried', async () => {
    const house = await UploadHouse.open();
    const { id } = await house.write('a', 'text');
    await house.journal.patchFile(id, { state: 'failed', reason: 'its record was lost', seal: null });
    await house.restart();
    await house.idle();
    assert.deepEqual(house.cloudPaths(), []);
    await house.writes.transfers.retry(id);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    await house.writes.close();
  });

  it('knows no file by an id that it never had', async () => {
    const house = await UploadHouse.open();
    const { transfers } = house.writes;
    assert.throws(() => transfers.pause('local-x'), { errno: 'ENOENT' });
    await assert.rejects(transfers.cancel('local-x'), { errno: 'ENOENT' });
    await assert.rejects(transfers.retry('local-x'), { errno: 'ENOENT' });
    await assert.rejects(transfers.keep('local-x'), { errno: 'ENOENT' });
    await assert.rejects(transfers.drop('local-x'), { errno: 'ENOENT' });
    await house.writes.close();
  });
});
